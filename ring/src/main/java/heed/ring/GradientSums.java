package heed.ring;

import heed.attention.Heads;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.Partitioner;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;

/** Adds up the summands of gradients, which come sorted, in float64; a block at a time. */
final class GradientSums implements Iterator<RowBlock> {
    private final Iterator<Tuple2<GradientKey, RowBlock>> summands;
    private @Nullable Tuple2<GradientKey, RowBlock> next;

    GradientSums(Iterator<Tuple2<GradientKey, RowBlock>> summands) {
        this.summands = summands;
        advance();
    }

    private void advance() {
        next = summands.hasNext() ? summands.next() : null;
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public RowBlock next() {
        Tuple2<GradientKey, RowBlock> first = next;
        if (first == null) {
            throw new NoSuchElementException("no more gradients");
        }
        Heads sum = first._2.values();
        double[] sums = new double[sum.data().length];
        for (Tuple2<GradientKey, RowBlock> summand = first;
                summand != null && summand._1.isOfSum(first._1);
                summand = next) {
            float[] values = summand._2.values().data();
            for (int i = 0; i < sums.length; i++) {
                sums[i] += values[i];
            }
            advance();
        }
        for (int i = 0; i < sums.length; i++) {
            sum.data()[i] = (float) sums[i];
        }
        return RowBlock.of(first._2.name(), first._2.from(), sum);
    }

    /** Sends all summands of a row to the part that holds it. */
    static final class ByPart extends Partitioner {
        private static final long serialVersionUID = 1L;

        private final int parts;
        private final int[] starts;
        private final int[] owners;

        ByPart(List<List<Span>> pieces) {
            record Owned(int from, int part) {}
            List<Owned> owned = new ArrayList<>();
            for (int part = 0; part < pieces.size(); part++) {
                for (Span span : pieces.get(part)) {
                    owned.add(new Owned(span.from(), part));
                }
            }
            owned.sort(Comparator.comparingInt(Owned::from));
            parts = pieces.size();
            starts = owned.stream().mapToInt(Owned::from).toArray();
            owners = owned.stream().mapToInt(Owned::part).toArray();
        }

        @Override
        public int numPartitions() {
            return parts;
        }

        @Override
        public int getPartition(Object key) {
            return owners[Arrays.binarySearch(starts, ((GradientKey) key).from())];
        }
    }
}
