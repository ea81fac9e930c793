package heed.bench.jmh;

import heed.attention.Attention;
import heed.attention.AttentionInput;
import heed.attention.AttentionOutput;
import heed.bench.Shape;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One query of 12 heads against a cache, d = 64. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DecodeBenchmark {
    @Param({"1024", "65536"})
    public int keys;

    @Param({"1", "2"})
    public int threads;

    @SuppressWarnings("NullAway.Init") // JMH prepares first
    private AttentionInput input;

    @Setup(Level.Trial)
    public void prepare() {
        Shape.Operands operands = new Shape(12, 1, keys, 64).operands();
        input = AttentionInput.of(operands.queries(), operands.keys(), operands.values());
    }

    @Benchmark
    public AttentionOutput decode() {
        return Attention.forward(input, threads);
    }
}
