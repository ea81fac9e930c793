package heed.transformer.layer;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a model under the names of its checkpoint, looked up by a path that nests, as
 * {@link heed.transformer.checkpoint.Weights} are.
 */
public final class Parameters {
    private final Map<String, Parameter> parameters;
    private final String path;

    private Parameters(Map<String, Parameter> parameters, String path) {
        this.parameters = parameters;
        this.path = path;
    }

    /** Zeros of these names and shapes. */
    public static Parameters zeros(Map<String, List<Integer>> shapes) {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> parameters.put(name, new Parameter(name, shape)));
        return new Parameters(parameters, "");
    }

    /** The same parameters, looked up below a name. */
    public Parameters at(String name) {
        return new Parameters(parameters, path + name + ".");
    }

    /** All of them, in the order in which they were made. */
    public Collection<Parameter> all() {
        return parameters.values();
    }

    /** Whether there is such a parameter. */
    public boolean has(String name) {
        return parameters.containsKey(path + name);
    }

    /**
     * The parameter of this name.
     *
     * @throws IllegalArgumentException if there is none, or it has another shape
     */
    public Parameter get(String name, Integer... shape) {
        Parameter parameter = parameters.get(path + name);
        if (parameter == null) {
            throw new IllegalArgumentException("there is no parameter " + path + name);
        }
        if (!parameter.shape().equals(List.of(shape))) {
            throw new IllegalArgumentException(
                    "parameter %s has shape %s, not %s"
                            .formatted(parameter.name(), parameter.shape(), List.of(shape)));
        }
        return parameter;
    }
}
