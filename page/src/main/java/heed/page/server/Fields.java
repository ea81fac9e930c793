package heed.page.server;

import heed.microscope.QuestionException;
import tools.jackson.databind.JsonNode;

/** Reads the fields of a question. */
final class Fields {

    /**
     * A text.
     *
     * @throws QuestionException if there is none, or it is blank
     */
    static String text(JsonNode question, String key) {
        JsonNode node = question.path(key);
        if (!node.isString() || node.stringValue().isBlank()) {
            throw new QuestionException("the question has no " + key);
        }
        return node.stringValue();
    }

    /**
     * A text, or the empty one if there is none.
     *
     * @throws QuestionException if there is something else
     */
    static String textOrNone(JsonNode question, String key) {
        JsonNode node = question.path(key);
        if (!node.isMissingNode() && !node.isString()) {
            throw new QuestionException(key + " is a text");
        }
        return node.asString("").strip();
    }

    static boolean flag(JsonNode question, String key) {
        return question.path(key).asBoolean(false);
    }

    /**
     * A whole number from {@code least} to {@code most}.
     *
     * @throws QuestionException if there is none
     */
    static int number(JsonNode question, String key, int least, int most) {
        JsonNode node = question.path(key);
        if (!node.isInt() || node.intValue() < least || node.intValue() > most) {
            throw new QuestionException("%s is a number from %d to %d".formatted(key, least, most));
        }
        return node.intValue();
    }

    /**
     * A whole number of 64 bits.
     *
     * @throws QuestionException if there is none
     */
    static long whole(JsonNode question, String key) {
        JsonNode node = question.path(key);
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw new QuestionException("%s is a whole number".formatted(key));
        }
        return node.longValue();
    }

    /**
     * A number from {@code least} to {@code most}.
     *
     * @throws QuestionException if there is none
     */
    static double real(JsonNode question, String key, double least, double most) {
        JsonNode node = question.path(key);
        double value = node.isNumber() ? node.doubleValue() : Double.NaN;
        if (!(value >= least && value <= most)) {
            throw new QuestionException("%s is a number from %s to %s".formatted(key, least, most));
        }
        return value;
    }

    private Fields() {}
}
