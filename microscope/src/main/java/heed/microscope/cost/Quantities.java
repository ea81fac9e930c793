package heed.microscope.cost;

import java.math.BigInteger;
import java.util.Locale;

/** Large numbers and times, as people say them. */
public final class Quantities {
    private static final String[] PREFIXES = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};

    /** Digits in groups of three. */
    public static String whole(BigInteger number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** Three digits and a decimal prefix: 786 GB. */
    public static String scaled(BigInteger number, String unit) {
        double value = number.doubleValue();
        int prefix = 0;
        while (value >= 999.5 && prefix < PREFIXES.length - 1) {
            value /= 1000;
            prefix++;
        }
        String digits = prefix == 0 ? whole(number) : significant(value);
        return "%s %s%s".formatted(digits, PREFIXES[prefix], unit);
    }

    /** A time as people say it. */
    public static String duration(double seconds) {
        if (seconds < 0.9995e-3) {
            return significant(seconds * 1e6) + " µs";
        }
        if (seconds < 0.9995) {
            return significant(seconds * 1e3) + " ms";
        }
        if (seconds < 99.95) {
            return significant(seconds) + " s";
        }
        long whole = Math.round(seconds);
        if (whole < 3600) {
            return "%d min %d s".formatted(whole / 60, whole % 60);
        }
        long minutes = Math.round(seconds / 60);
        if (minutes < 48 * 60) {
            return "%d h %d min".formatted(minutes / 60, minutes % 60);
        }
        return significant(seconds / 86_400) + " days";
    }

    /** Three digits. */
    public static String significant(double value) {
        int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    private Quantities() {}
}
