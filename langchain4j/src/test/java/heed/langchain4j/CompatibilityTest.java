package heed.langchain4j;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.common.AbstractEmbeddingModelIT;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** What LangChain4j asks of every embedding model. */
final class CompatibilityTest {
    /** Of the default model, which knows no roles. */
    @Nested
    final class OfMiniLm extends Kit {
        @Override
        String model() {
            return "minilm";
        }

        @Override
        protected boolean supportsInputTypeParameter() {
            return false;
        }
    }

    /** Of a model that tells queries from documents. */
    @Nested
    final class OfAModelWithPrompts extends Kit {
        @TempDir private static Path folder;
        private String model = "";

        @Override
        String model() throws Exception {
            if (model.isEmpty()) {
                model = ModelWithPrompts.in(folder);
            }
            return model;
        }

        @Override
        protected boolean supportsInputTypeParameter() {
            return true;
        }
    }

    /** The kit, for models that read texts alone. */
    abstract static class Kit extends AbstractEmbeddingModelIT {
        private final List<HeedEmbeddingModel> opened = new ArrayList<>();

        abstract String model() throws Exception;

        /** JUnit closes what a test gets: each has a model of its own. */
        @Override
        protected List<EmbeddingModel> models() {
            return List.of(open(List.of()));
        }

        @Override
        protected EmbeddingModel modelWith(EmbeddingModelListener listener) {
            return open(List.of(listener));
        }

        @Override
        protected EmbeddingModel failingModelWith(EmbeddingModelListener listener) {
            HeedEmbeddingModel model = open(List.of(listener));
            model.close();
            return model;
        }

        private HeedEmbeddingModel open(List<EmbeddingModelListener> listeners) {
            try {
                HeedEmbeddingModel model =
                        HeedEmbeddingModel.builder().model(model()).listeners(listeners).build();
                opened.add(model);
                return model;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        @AfterAll
        void close() {
            opened.forEach(HeedEmbeddingModel::close);
        }

        @Override
        protected boolean supportsDimensionsParameter() {
            return false;
        }

        @Override
        protected boolean supportsImageInput() {
            return false;
        }

        @Override
        protected boolean supportsInterleavedInput() {
            return false;
        }
    }
}
