package heed.transformer.layer;

import heed.simd.ElementFunction;
import heed.simd.PackedMatrix;
import heed.simd.ThreadTeam;

/** A weight in single precision, packed for products. */
record DenseMatrix(PackedMatrix packed) implements Matrix {
    @Override
    public int in() {
        return packed.rows();
    }

    @Override
    public int out() {
        return packed.columns();
    }

    @Override
    public void multiply(float[] x, int n, float[] bias, ElementFunction function, float[] y) {
        packed.multiply(x, 0, n, bias, function, y, ThreadTeam.defaultThreads());
    }

    @Override
    public float[][] rows(int from, int count) {
        float[][] rows = new float[count][];
        for (int i = 0; i < count; i++) {
            rows[i] = packed.row(from + i);
        }
        return rows;
    }
}
