package heed.page.document;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Modules as one script, for pages that can load none: a module becomes a function that is called
 * where it is first needed, and what it exports an object.
 *
 * <p>It knows the forms of import and export that the page and lit are written in, at the begin of
 * a line or behind a semicolon, and refuses others: there is no default export, and what is
 * exported does not change later.
 */
final class ScriptBundle {
    private static final String START = "(?<=^|[;\\n]|\\*/)[ \\t]*";
    private static final String FROM = "\\s*from\\s*[\"']([^\"']+)[\"'];?";

    /**
     * {@code import * as name from 'm'}, {@code import { a, b as c } from 'm'}, {@code import 'm'}.
     */
    private static final Pattern IMPORT =
            Pattern.compile(
                    START
                            + "import(?:\\s*\\*\\s*as\\s+(\\w+)"
                            + FROM
                            + "|\\s*\\{([^}]*)}"
                            + FROM
                            + "|\\s*[\"']([^\"']+)[\"'];?)");

    /**
     * {@code export * from 'm'}, {@code export { a, b as c } from 'm'}, {@code export { a, b as c
     * }}.
     */
    private static final Pattern EXPORT =
            Pattern.compile(
                    START
                            + "export(?:\\s*\\*"
                            + FROM
                            + "|\\s*\\{([^}]*)}"
                            + FROM
                            + "|\\s*\\{([^}]*)};?)");

    /** {@code export class A}, {@code export function a}, {@code export const a}. */
    private static final Pattern DECLARATION =
            Pattern.compile(START + "export\\s+((?:async\\s+)?(?:class|function|const)\\s+(\\w+))");

    private static final Pattern LEFT =
            Pattern.compile("(?:^|[;\\n])\\s*(?:import|export)\\b[^;\\n]*");
    private static final Pattern SOURCE_MAP = Pattern.compile("\\n?//# sourceMappingURL=.*");

    /** What an HTML page would take for the end of a script, or for something else. */
    private static final Pattern MARKUP =
            Pattern.compile("<!--|</?script", Pattern.CASE_INSENSITIVE);

    private final UnaryOperator<String> sources;
    private final Map<String, String> names;

    /** The variable of each module that stands in the script. */
    private final Map<String, String> variables = new LinkedHashMap<>();

    private final StringBuilder script = new StringBuilder();

    private ScriptBundle(UnaryOperator<String> sources, Map<String, String> names) {
        this.sources = sources;
        this.names = names;
    }

    /**
     * A module with all that it imports.
     *
     * @param entry its path
     * @param sources the module of a path
     * @param names the paths of modules that are imported by a name
     * @throws IllegalStateException if a module is written in a form that is not known
     */
    static String of(String entry, UnaryOperator<String> sources, Map<String, String> names) {
        ScriptBundle bundle = new ScriptBundle(sources, names);
        bundle.variable(entry);
        String script = bundle.script.toString();
        Matcher markup = MARKUP.matcher(script);
        if (markup.find()) {
            throw new IllegalStateException(
                    "a script holds %s, which no page can hold".formatted(markup.group()));
        }
        return script;
    }

    /** The variable of a module, which stands in the script from now on. */
    private String variable(String path) {
        String known = variables.get(path);
        if (known != null) {
            return known;
        }
        String body = SOURCE_MAP.matcher(sources.apply(path)).replaceAll("");
        List<String> exports = new ArrayList<>();
        body = withoutImports(body, path);
        body = withoutExports(body, path, exports);
        Matcher left = LEFT.matcher(body);
        if (left.find()) {
            throw new IllegalStateException(
                    "%s has a form of import or export that is not known: %s"
                            .formatted(path, left.group().strip()));
        }
        String variable = "module" + variables.size();
        variables.put(path, variable);
        script.append("const ").append(variable).append(" = (() => {\n").append(body.strip());
        script.append("\nreturn { ").append(String.join(", ", exports)).append(" };\n})();\n");
        return variable;
    }

    private String withoutImports(String body, String path) {
        return IMPORT.matcher(body)
                .replaceAll(
                        match -> {
                            String statement;
                            if (match.group(1) != null) {
                                String module = variable(resolved(match.group(2), path));
                                statement = "const %s = %s;".formatted(match.group(1), module);
                            } else if (match.group(3) != null) {
                                String module = variable(resolved(match.group(4), path));
                                String taken = match.group(3).replaceAll("\\s+as\\s+", ": ");
                                statement = "const {%s} = %s;".formatted(taken, module);
                            } else {
                                variable(resolved(match.group(5), path));
                                statement = "";
                            }
                            return Matcher.quoteReplacement(statement);
                        });
    }

    /**
     * @param exports gets what the module exports, as parts of an object
     */
    private String withoutExports(String body, String path, List<String> exports) {
        String rest =
                EXPORT.matcher(body)
                        .replaceAll(
                                match -> {
                                    if (match.group(1) != null) {
                                        exports.add(
                                                "..." + variable(resolved(match.group(1), path)));
                                    } else if (match.group(2) != null) {
                                        String module = variable(resolved(match.group(3), path));
                                        addNames(match.group(2), module + ".", exports);
                                    } else {
                                        addNames(match.group(4), "", exports);
                                    }
                                    return "";
                                });
        return DECLARATION
                .matcher(rest)
                .replaceAll(
                        match -> {
                            exports.add(match.group(2));
                            return Matcher.quoteReplacement(match.group(1));
                        });
    }

    /** Of {@code a, b as c} the parts {@code a: a} and {@code c: b}. */
    private static void addNames(String list, String prefix, List<String> exports) {
        for (String name : list.split(",", -1)) {
            if (!name.isBlank()) {
                String[] inAndOut = name.strip().split("\\s+as\\s+", 2);
                exports.add(inAndOut[inAndOut.length - 1] + ": " + prefix + inAndOut[0]);
            }
        }
    }

    private String resolved(String name, String path) {
        if (name.startsWith(".")) {
            return java.net.URI.create(path).resolve(name).getPath();
        }
        String found = names.get(name);
        if (found == null) {
            throw new IllegalStateException(
                    "%s imports %s, which is not known".formatted(path, name));
        }
        return found;
    }
}
