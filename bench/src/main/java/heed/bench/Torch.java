package heed.bench;

import java.util.function.Supplier;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
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
        return new NoGrad(
                threads,
                1,
                () ->
                        torch.scaled_dot_product_attention(
                                q,
                                k,
                                v,
                                new TensorOptional(),
                                0,
                                causal,
                                new DoubleOptional(),
                                false),
                q,
                k,
                v);
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
