package heed.transformer.hub;

import java.util.regex.Pattern;

/**
 * What a model is called at a hub.
 *
 * @param repository {@code OWNER/NAME}, or {@code NAME} alone for the few that have no owner
 * @param revision a branch, a tag or a commit
 */
public record ModelName(String repository, String revision) {
    /** What marks a name as one of the hub's, where a path could stand too. */
    public static final String PREFIX = "hf:";

    /** The branch that is meant where none is named. */
    public static final String MAIN = "main";

    private static final String PART = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_-])?";
    private static final Pattern REPOSITORY = Pattern.compile("(?:%1$s/)?%1$s".formatted(PART));
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_./-]{0,254}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    /**
     * @throws IllegalArgumentException if that is no name of a model: it becomes part of paths
     */
    public ModelName {
        if (!REPOSITORY.matcher(repository).matches()
                || repository.contains("--")
                || repository.contains("..")) {
            throw new IllegalArgumentException(
                    "'%s' is no name of a model: give OWNER/NAME, as the hub has it"
                            .formatted(repository));
        }
        if (!REVISION.matcher(revision).matches()
                || revision.contains("..")
                || revision.contains("//")
                || revision.endsWith("/")) {
            throw new IllegalArgumentException(
                    "'%s' is no revision: give a branch, a tag or a commit".formatted(revision));
        }
    }

    /**
     * Reads {@code OWNER/NAME} or {@code OWNER/NAME@REVISION}, with {@link #PREFIX} before it or
     * not.
     *
     * @throws IllegalArgumentException if it is no such name
     */
    public static ModelName parse(String text) {
        String name = text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
        int at = name.indexOf('@');
        return at < 0
                ? new ModelName(name, MAIN)
                : new ModelName(name.substring(0, at), name.substring(at + 1));
    }

    /** Whether the revision is a commit, which never changes. */
    boolean isCommit() {
        return COMMIT.matcher(revision).matches();
    }

    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    @Override
    public String toString() {
        return PREFIX + repository + (revision.equals(MAIN) ? "" : "@" + revision);
    }
}
