package heed.page.server;

import heed.microscope.map.QueriesAndKeys;
import heed.transformer.model.PretrainedModel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The models that a page may ask, by their names, and queries and keys of others; it asks for none
 * by a path.
 */
public final class ModelShelf implements AutoCloseable {
    private final Map<String, PretrainedModel> models = new LinkedHashMap<>();

    private final Map<String, QueriesAndKeys> matrices = new LinkedHashMap<>();

    /** Puts queries and keys there under a name. */
    public void add(String name, QueriesAndKeys queriesAndKeys) {
        matrices.put(name, queriesAndKeys);
    }

    /** Queries and keys, by their names. */
    Map<String, QueriesAndKeys> matrices() {
        return Collections.unmodifiableMap(matrices);
    }

    /** Puts a model there under a name; it is closed with the others. */
    public void add(String name, PretrainedModel model) {
        models.put(name, model);
    }

    List<String> names() {
        return List.copyOf(models.keySet());
    }

    PretrainedModel get(String name) {
        PretrainedModel model = models.get(name);
        if (model == null) {
            throw new Refusal(404, "there is no such model");
        }
        return model;
    }

    @Override
    public void close() {
        models.values().forEach(PretrainedModel::close);
        models.clear();
    }
}
