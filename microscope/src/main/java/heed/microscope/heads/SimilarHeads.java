package heed.microscope.heads;

import heed.microscope.HeadId;
import heed.microscope.Listener;
import heed.microscope.ModelRun;
import heed.microscope.RowReader;
import heed.microscope.Traversal;
import heed.microscope.WeightRows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which heads attend like a given one: by the mean over tokens of the Jensen–Shannon divergence of
 * their rows (Clark et al. 2019, §6), in nats: 0 for equal heads, ln 2 for such as never look at
 * the same token.
 */
public final class SimilarHeads {

    /** A head and how far its attention is from the given one's. */
    public record Similar(HeadId head, double divergence) {}

    private final HeadId head;
    private final List<HeadId> order = new ArrayList<>();
    private final double[] sums;
    private long tokens;

    /**
     * @param head the given one
     * @param heads those to compare with it, the head itself among them or not
     */
    public SimilarHeads(HeadId head, List<HeadId> heads) {
        this.head = head;
        order.add(head);
        heads.stream().filter(other -> !other.equals(head)).forEach(order::add);
        sums = new double[order.size()];
    }

    /** Takes in what a model read; its trace has kept all queries. */
    public void add(ModelRun run, Listener listener) {
        int n = run.tokens().size();
        tokens += n;
        for (double[] part :
                Traversal.read(
                        run.trace(),
                        order,
                        Traversal.blocksOfAll(n),
                        _ -> new Reader(order.size()),
                        listener)) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += part[i];
            }
        }
    }

    /** The other heads, the most similar first. */
    public List<Similar> ranked() {
        List<Similar> ranked = new ArrayList<>();
        for (int i = 1; i < order.size(); i++) {
            ranked.add(new Similar(order.get(i), sums[i] / Math.max(1, tokens)));
        }
        ranked.sort(Comparator.comparingDouble(Similar::divergence));
        return ranked;
    }

    /** The head that the others are compared with. */
    public HeadId head() {
        return head;
    }

    /** Keeps the block's rows of the first head, and compares those of the others with them. */
    private static final class Reader implements RowReader<double[]> {
        private final double[] sums;
        private float[][] first = {};
        private int read;

        Reader(int heads) {
            sums = new double[heads];
        }

        @Override
        public void read(WeightRows rows) {
            if (read == 0) {
                first = new float[rows.size()][];
                for (int i = 0; i < first.length; i++) {
                    first[i] = new float[rows.row(i).length];
                    int from = rows.reach().from();
                    System.arraycopy(rows.row(i), from, first[i], from, rows.reach().end() - from);
                }
            }
            for (int i = 0; read > 0 && i < first.length; i++) {
                sums[read] += divergence(first[i], rows.row(i), rows);
            }
            read++;
        }

        private static double divergence(float[] p, float[] q, WeightRows rows) {
            double sum = 0;
            for (int key = 0; key < p.length; key++) {
                double a = p[key];
                double b = key >= rows.reach().from() && key < rows.reach().end() ? q[key] : 0;
                double mean = (a + b) / 2;
                sum += a > 0 ? a * Math.log(a / mean) : 0;
                sum += b > 0 ? b * Math.log(b / mean) : 0;
            }
            return sum / 2;
        }

        @Override
        public double[] result() {
            return sums;
        }
    }
}
