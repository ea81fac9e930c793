package heed.attention;

import static heed.attention.Preconditions.check;

/**
 * What is added to a scaled and capped score before the mask. Positions are absolute. A bias of −∞
 * hides its pair just as a mask does; a finite one never does, however low: where all that a query
 * sees has −Float.MAX_VALUE, as many a checkpoint writes a mask, the scores are lost in it and the
 * weights are all the same, as in PyTorch.
 */
public sealed interface AttentionBias {

    /** The bias of one pair, in the unit of the scores (natural logarithm). */
    float at(int head, int query, int key);

    /**
     * Checks that the bias knows all of these positions.
     *
     * @throws IllegalArgumentException naming the dimension and both values
     */
    default void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {}

    /** The sum of both. */
    default AttentionBias plus(AttentionBias other) {
        return this instanceof None ? other : other instanceof None ? this : new Sum(this, other);
    }

    /** The bias of queries that stand at these positions, as if at 0, 1, 2 and so on. */
    default AttentionBias ofQueries(int... positions) {
        return this instanceof None ? this : new OfQueries(this, positions);
    }

    /** No bias. */
    static AttentionBias none() {
        return None.INSTANCE;
    }

    /**
     * Attention with linear biases: {@code −slopes[head] · |query − key|} (Press et al. 2022, §3).
     */
    static AttentionBias alibi(float... slopes) {
        return new Alibi(slopes);
    }

    /**
     * The same with the paper's slopes: a geometric sequence from {@code 2^(−8/heads)} for a power
     * of two of heads; otherwise those of the next lower power, filled up with every other slope of
     * the next higher one, as in the authors' code.
     */
    static AttentionBias alibi(int heads) {
        check(heads >= 1, "ALiBi needs at least 1 head, not %d", heads);
        int power = Integer.highestOneBit(heads);
        float[] slopes = new float[heads];
        for (int head = 0; head < heads; head++) {
            double exponent =
                    head < power
                            ? -8.0 * (head + 1) / power
                            : -8.0 * (2 * (head - power) + 1) / (2 * power);
            slopes[head] = (float) Math.pow(2, exponent);
        }
        return new Alibi(slopes);
    }

    /**
     * A number for each distance (Shaw et al. 2018; Raffel et al. 2020, §2.1): {@code
     * byDistance[head][key − query + reach]}, for distances from {@code −reach} to {@code reach};
     * those beyond have the number at the end.
     *
     * @param byDistance for each head {@code 2 · reach + 1} numbers
     */
    static AttentionBias relative(float[][] byDistance) {
        return new Relative(byDistance);
    }

    /** {@code [H or 1, n_q, n_k]}, where row 0 and column 0 stand at position 0. */
    static AttentionBias additive(Heads bias) {
        return new Additive(bias, 0, 0);
    }

    /**
     * {@code [H or 1, n_q, n_k]}, where row 0 and column 0 stand at the given positions; one head
     * serves for all.
     */
    static AttentionBias additive(Heads bias, int firstQuery, int firstKey) {
        return new Additive(bias, firstQuery, firstKey);
    }

    /** See {@link #none()}. */
    enum None implements AttentionBias {
        INSTANCE;

        @Override
        public float at(int head, int query, int key) {
            return 0;
        }
    }

    /** See {@link #alibi(float...)}. */
    record Alibi(float[] slopes) implements AttentionBias {
        public Alibi {
            slopes = slopes.clone();
        }

        @Override
        public float at(int head, int query, int key) {
            return -slopes[head] * Math.abs(query - key);
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            check(
                    slopes.length == heads,
                    "%d ALiBi slopes for %d query heads",
                    slopes.length,
                    heads);
        }
    }

    /** See {@link #relative}. */
    record Relative(float[][] byDistance) implements AttentionBias {
        public Relative {
            check(byDistance.length >= 1, "a relative bias of %d heads", byDistance.length);
            byDistance = byDistance.clone();
            for (int head = 0; head < byDistance.length; head++) {
                byDistance[head] = byDistance[head].clone();
                check(
                        byDistance[head].length == byDistance[0].length
                                && byDistance[head].length % 2 == 1,
                        "a relative bias of %d distances, where head 0 has %d: as many in both directions, and 0",
                        byDistance[head].length,
                        byDistance[0].length);
            }
        }

        @Override
        public float at(int head, int query, int key) {
            float[] numbers = byDistance[head];
            int reach = numbers.length / 2;
            return numbers[Math.clamp((long) key - query, -reach, reach) + reach];
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            check(
                    byDistance.length == heads,
                    "a relative bias of %d heads for %d query heads",
                    byDistance.length,
                    heads);
        }
    }

    /** See {@link #additive(Heads, int, int)}. */
    record Additive(Heads values, int firstQuery, int firstKey) implements AttentionBias {
        @Override
        public float at(int head, int query, int key) {
            return values.get(values.heads() == 1 ? 0 : head, query - firstQuery, key - firstKey);
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            check(
                    values.heads() == 1 || values.heads() == heads,
                    "a bias of %d heads for %d query heads",
                    values.heads(),
                    heads);
            check(
                    firstQuery >= this.firstQuery
                            && firstQuery + queries <= this.firstQuery + values.rows(),
                    "a bias of queries %d to %d for queries %d to %d",
                    this.firstQuery,
                    this.firstQuery + values.rows(),
                    firstQuery,
                    firstQuery + queries);
            check(
                    firstKey >= this.firstKey
                            && firstKey + keys <= this.firstKey + values.columns(),
                    "a bias of keys %d to %d for keys %d to %d",
                    this.firstKey,
                    this.firstKey + values.columns(),
                    firstKey,
                    firstKey + keys);
        }
    }

    /** See {@link #plus}. */
    record Sum(AttentionBias left, AttentionBias right) implements AttentionBias {
        @Override
        public float at(int head, int query, int key) {
            return left.at(head, query, key) + right.at(head, query, key);
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            left.checkCovers(heads, firstQuery, queries, firstKey, keys);
            right.checkCovers(heads, firstQuery, queries, firstKey, keys);
        }
    }

    /** See {@link #ofQueries}. */
    record OfQueries(AttentionBias of, int[] positions) implements AttentionBias {
        public OfQueries {
            positions = positions.clone();
        }

        @Override
        public float at(int head, int query, int key) {
            return of.at(head, positions[query], key);
        }

        @Override
        public void checkCovers(int heads, int firstQuery, int queries, int firstKey, int keys) {
            for (int query = firstQuery; query < firstQuery + queries; query++) {
                of.checkCovers(heads, positions[query], 1, firstKey, keys);
            }
        }
    }
}
