package heed.attention.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import heed.attention.Heads;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of heads as the operator takes it: {@code [batch, heads, rows, columns]}, or, if
 * interleaved, {@code [batch, rows, heads · columns]}.
 */
record Packed(
        DataType type,
        float[] data,
        int batch,
        int heads,
        int rows,
        int columns,
        boolean interleaved) {

    /**
     * @param heads the number of heads in a tensor of rank 3; a tensor of rank 4 says it itself
     */
    static Packed of(Tensor tensor, int heads) {
        int[] shape = tensor.shape();
        if (tensor.rank() == 4) {
            return new Packed(
                    tensor.type(), tensor.floats(), shape[0], shape[1], shape[2], shape[3], false);
        }
        AttentionNode.require(
                tensor.rank() == 3 && heads >= 1 && shape[2] % heads == 0,
                "shape %s with %d heads".formatted(Arrays.toString(shape), heads));
        return new Packed(
                tensor.type(), tensor.floats(), shape[0], heads, shape[1], shape[2] / heads, true);
    }

    /** The heads of one sequence of the batch, as a view. */
    Heads sequence(int sequence) {
        int offset = sequence * heads * rows * columns;
        return interleaved
                ? new Heads(data, offset, heads, rows, columns, columns, heads * columns)
                : new Heads(data, offset, heads, rows, columns, rows * columns, columns);
    }

    /** Joins sequences in the order of dimensions of this. */
    Tensor packedLikeThis(List<Heads> sequences) {
        if (!interleaved) {
            return stacked(sequences);
        }
        int width = sequences.getFirst().columns();
        float[] joined = new float[batch * rows * heads * width];
        int at = 0;
        for (Heads sequence : sequences) {
            for (int row = 0; row < rows; row++) {
                for (int head = 0; head < heads; head++) {
                    System.arraycopy(sequence.row(head, row), 0, joined, at, width);
                    at += width;
                }
            }
        }
        return Tensor.of(type, new int[] {batch, rows, heads * width}, joined);
    }

    /** Joins sequences to {@code [batch, heads, rows, columns]} of this type. */
    Tensor stacked(List<Heads> sequences) {
        Heads first = sequences.getFirst();
        int[] shape = {sequences.size(), first.heads(), first.rows(), first.columns()};
        float[] joined = new float[Tensor.size(shape)];
        int at = 0;
        for (Heads sequence : sequences) {
            for (int head = 0; head < sequence.heads(); head++) {
                for (int row = 0; row < sequence.rows(); row++) {
                    System.arraycopy(sequence.row(head, row), 0, joined, at, sequence.columns());
                    at += sequence.columns();
                }
            }
        }
        return Tensor.of(type, shape, joined);
    }
}
