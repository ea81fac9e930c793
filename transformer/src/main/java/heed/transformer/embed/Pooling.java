package heed.transformer.embed;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How the last hidden states of a text's n tokens become one vector; several are joined. */
public enum Pooling {
    /** That of the first token. */
    CLS("cls", "pooling_mode_cls_token") {
        @Override
        void pool(float[] hidden, int features, int first, int from, int end, double[] vector) {
            copy(hidden, features, from, vector);
        }
    },
    /** The largest value of each feature. */
    MAX("max", "pooling_mode_max_tokens") {
        @Override
        void pool(float[] hidden, int features, int first, int from, int end, double[] vector) {
            copy(hidden, features, from, vector);
            for (int row = from + 1; row < end; row++) {
                for (int i = 0; i < features; i++) {
                    vector[i] = Math.max(vector[i], hidden[row * features + i]);
                }
            }
        }
    },
    /** Their mean. */
    MEAN("mean", "pooling_mode_mean_tokens") {
        @Override
        void pool(float[] hidden, int features, int first, int from, int end, double[] vector) {
            sum(hidden, features, from, end, vector);
            scale(vector, 1.0 / (end - from));
        }
    },
    /** Their sum divided by √n. */
    MEAN_SQRT_LENGTH("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens") {
        @Override
        void pool(float[] hidden, int features, int first, int from, int end, double[] vector) {
            sum(hidden, features, from, end, vector);
            scale(vector, 1 / Math.sqrt(end - from));
        }
    },
    /** Their mean with the weights 1, 2, … n (Muennighoff 2022). */
    WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens") {
        @Override
        void pool(float[] hidden, int features, int first, int from, int end, double[] vector) {
            double weights = 0;
            for (int row = from; row < end; row++) {
                int weight = row - first + 1;
                weights += weight;
                for (int i = 0; i < features; i++) {
                    vector[i] += weight * (double) hidden[row * features + i];
                }
            }
            scale(vector, 1 / weights);
        }
    },
    /** That of the last token, which in a decoder has seen all others. */
    LAST_TOKEN("lasttoken", "pooling_mode_lasttoken") {
        @Override
        void pool(float[] hidden, int features, int first, int from, int end, double[] vector) {
            copy(hidden, features, end - 1, vector);
        }
    };

    private final String setting;
    private final String flag;

    Pooling(String setting, String flag) {
        this.setting = setting;
        this.flag = flag;
    }

    /** What it is called in sentence-transformers: {@code mean}, {@code lasttoken}. */
    public String setting() {
        return setting;
    }

    /** The flag that stood for it in older files. */
    String flag() {
        return flag;
    }

    /**
     * The pooling of a setting.
     *
     * @throws IllegalArgumentException if there is none of that name; the message says which there
     *     are
     */
    public static Pooling of(String setting) {
        for (Pooling pooling : values()) {
            if (pooling.setting.equals(setting)) {
                return pooling;
            }
        }
        throw new IllegalArgumentException(
                "there is no pooling '%s': take one of %s".formatted(setting, settings()));
    }

    /** All settings. */
    public static String settings() {
        return Arrays.stream(values()).map(Pooling::setting).collect(Collectors.joining(", "));
    }

    /**
     * Pools the rows {@code from … end − 1}.
     *
     * @param hidden {@code [rows, features]}
     * @param first the text's first row; those before {@code from} have no part in the vector
     * @param vector {@code [features]}, zeros
     */
    abstract void pool(float[] hidden, int features, int first, int from, int end, double[] vector);

    private static void copy(float[] hidden, int features, int row, double[] vector) {
        for (int i = 0; i < features; i++) {
            vector[i] = hidden[row * features + i];
        }
    }

    private static void sum(float[] hidden, int features, int from, int end, double[] vector) {
        for (int row = from; row < end; row++) {
            for (int i = 0; i < features; i++) {
                vector[i] += hidden[row * features + i];
            }
        }
    }

    private static void scale(double[] vector, double by) {
        for (int i = 0; i < vector.length; i++) {
            vector[i] *= by;
        }
    }
}
