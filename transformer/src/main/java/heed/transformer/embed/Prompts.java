package heed.transformer.embed;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Words that a model was taught to have before a text.
 *
 * @param byName the prompts under their names
 * @param defaultName the name of the one for texts of no role
 */
record Prompts(Map<String, String> byName, Optional<String> defaultName) {
    static final Prompts NONE = new Prompts(Map.of(), Optional.empty());

    private static final String QUERY = "query";
    private static final List<String> DOCUMENT = List.of("document", "passage", "corpus");

    Prompts {
        byName = new LinkedHashMap<>(byName);
    }

    /** What stands before a text of this role; a query or document has no default prompt. */
    String of(Role role) {
        return given(role).orElse("");
    }

    /** Whether a query and a document are told apart. */
    boolean tellRolesApart() {
        return !of(Role.QUERY).equals(of(Role.DOCUMENT));
    }

    private Optional<String> given(Role role) {
        return switch (role) {
            case NONE -> defaultName.map(byName::get);
            case QUERY -> Optional.ofNullable(byName.get(QUERY));
            case DOCUMENT ->
                    DOCUMENT.stream().filter(byName::containsKey).findFirst().map(byName::get);
        };
    }
}
