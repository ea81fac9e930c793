package heed.bench.jmh;

import heed.bench.Shape;
import heed.simd.PackedMatrix;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The first layer of a feed-forward network: {@code [rows, 768] · [768, 3072]}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class LinearBenchmark {
    private static final int IN = 768;
    private static final int OUT = 3072;
    private static final int MOST_ROWS = 512;

    @Param({"1", "512"})
    public int rows;

    @Param({"1", "2"})
    public int threads;

    private final PackedMatrix weight =
            PackedMatrix.pack(IN, OUT, Shape.normal(1, IN * OUT, 1 / Math.sqrt(IN)));
    private final float[] bias = Shape.normal(2, OUT, 1);
    private final float[] x = Shape.normal(3, MOST_ROWS * IN, 1);
    private final float[] y = new float[MOST_ROWS * OUT];

    @Benchmark
    public float[] multiply() {
        weight.multiply(x, rows, bias, y, threads);
        return y;
    }
}
