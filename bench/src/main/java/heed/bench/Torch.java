package heed.bench;

import java.util.function.Supplier;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * PyTorch, in this process. Every run frees what it made; a contender keeps its operands until it
 * is closed.
 */
final class Torch {
    static final String NAME = "PyTorch";

    private final String version;

    /**
     * Loads the native libraries.
     *
     * @throws LinkageError if there are none for this platform
     */
    Torch() {
        torch.set_num_threads(1);
        version =
                Resources.property("META-INF/maven/org.bytedeco/pytorch/pom.properties", "version");
    }

    /** Version of PyTorch and of its Java bindings. */
    String version() {
        return version;
    }

    /** The vector instructions that PyTorch's own kernels use here. */
    String capability() {
        return torch.get_cpu_capability().getString();
    }

    /** {@code scaled_dot_product_attention} of {@code [1, H, n, d]}. */
    Contender attention(Shape.Operands operands, boolean causal, int threads) {
        Shape shape = operands.shape();
        Tensor q = tensor(operands.q(), 1, shape.heads(), shape.queries(), shape.columns());
        Tensor k = tensor(operands.k(), 1, shape.heads(), shape.keys(), shape.columns());
        Tensor v = tensor(operands.v(), 1, shape.heads(), shape.keys(), shape.columns());
        return new NoGrad(threads, 1, () -> attend(q, k, v, causal), q, k, v);
    }

    /**
     * The gradients {@code dq}, {@code dk} and {@code dv} of {@code scaled_dot_product_attention},
     * one behind the other. The forward pass is recorded here, once; a run is the backward pass
     * alone.
     */
    Contender attentionBackward(
            Shape.Operands operands, float[] dOut, boolean causal, int threads) {
        setThreads(threads, 1);
        Shape shape = operands.shape();
        Tensor q = tensor(operands.q(), 1, shape.heads(), shape.queries(), shape.columns());
        Tensor k = tensor(operands.k(), 1, shape.heads(), shape.keys(), shape.columns());
        Tensor v = tensor(operands.v(), 1, shape.heads(), shape.keys(), shape.columns());
        Tensor dOutput = tensor(dOut, 1, shape.heads(), shape.queries(), shape.columns());
        try (PointerScope _ = new PointerScope()) {
            q.set_requires_grad(true);
            k.set_requires_grad(true);
            v.set_requires_grad(true);
            return new Backward(
                    threads,
                    new TensorVector(attend(q, k, v, causal)).retainReference(),
                    new TensorVector(q, k, v).retainReference(),
                    new TensorVector(dOutput).retainReference());
        } finally {
            // The vectors keep them.
            q.releaseReference();
            k.releaseReference();
            v.releaseReference();
            dOutput.releaseReference();
        }
    }

    private static Tensor attend(Tensor q, Tensor k, Tensor v, boolean causal) {
        return torch.scaled_dot_product_attention(
                q, k, v, new TensorOptional(), 0, causal, new DoubleOptional(), false);
    }

    /**
     * {@code linear}. Its product is one call of OpenBLAS, which spreads it over threads of its
     * own.
     */
    Contender linear(LinearWorks.Operands operands, int threads) {
        Tensor x = tensor(operands.x(), operands.rows(), operands.in());
        Tensor weight = tensor(operands.transposedWeight(), operands.out(), operands.in());
        Tensor bias = tensor(operands.bias(), operands.out());
        return new NoGrad(
                threads,
                threads,
                () -> torch.linear(x, weight, new TensorOptional(bias)),
                x,
                weight,
                bias);
    }

    private static Tensor tensor(float[] values, long... shape) {
        try (PointerScope _ = new PointerScope()) {
            return torch.from_blob(new FloatPointer(values), shape).clone().retainReference();
        }
    }

    /**
     * PyTorch's threads call OpenBLAS where there are several products, and each call must then
     * stay on its thread.
     */
    private static void setThreads(int threads, int blasThreads) {
        torch.set_num_threads(threads);
        openblas.blas_set_num_threads(blasThreads);
    }

    private static float[] values(Tensor tensor) {
        try (PointerScope _ = new PointerScope()) {
            Tensor whole = tensor.contiguous();
            float[] values = new float[Math.toIntExact(whole.numel())];
            whole.data_ptr_float().get(values);
            return values;
        }
    }

    /** Runs the backward pass of a recorded forward pass, any number of times. */
    private record Backward(
            int threads, TensorVector outputs, TensorVector inputs, TensorVector dOutputs)
            implements Contender {

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public void run() {
            setThreads(threads, 1);
            try (PointerScope _ = new PointerScope()) {
                var _ = gradients();
            }
        }

        @Override
        public float[] result() {
            setThreads(threads, 1);
            try (PointerScope _ = new PointerScope()) {
                TensorVector gradients = gradients();
                return Shape.concatenated(
                        values(gradients.get(0)),
                        values(gradients.get(1)),
                        values(gradients.get(2)));
            }
        }

        private TensorVector gradients() {
            boolean keepGraph = true;
            return torch.grad(outputs, inputs, dOutputs, new BoolOptional(keepGraph), false, false);
        }

        @Override
        public void close() {
            outputs.releaseReference();
            inputs.releaseReference();
            dOutputs.releaseReference();
        }
    }

    /** Runs something without recording it for gradients. */
    private static final class NoGrad implements Contender {
        private final int threads;
        private final int blasThreads;
        private final Supplier<Tensor> body;
        private final Tensor[] operands;

        NoGrad(int threads, int blasThreads, Supplier<Tensor> body, Tensor... operands) {
            this.threads = threads;
            this.blasThreads = blasThreads;
            this.body = body;
            this.operands = operands;
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public void run() {
            setThreads(threads, blasThreads);
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                var _ = body.get();
            }
        }

        @Override
        public float[] result() {
            setThreads(threads, blasThreads);
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                return values(body.get());
            }
        }

        @Override
        public void close() {
            for (Tensor operand : operands) {
                operand.releaseReference();
            }
        }
    }
}
