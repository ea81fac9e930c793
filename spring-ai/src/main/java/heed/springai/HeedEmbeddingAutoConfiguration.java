package heed.springai;

import heed.transformer.embed.Pooling;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationConvention;
import org.springframework.ai.model.SpringAIModelProperties;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * The embedding model of a program of Spring Boot, unless {@code spring.ai.model.embedding} names
 * another.
 */
@AutoConfiguration
@ConditionalOnProperty(
        name = SpringAIModelProperties.EMBEDDING_MODEL,
        havingValue = HeedEmbeddingModel.NAME,
        matchIfMissing = true)
@EnableConfigurationProperties(HeedEmbeddingProperties.class)
public class HeedEmbeddingAutoConfiguration {

    /** Opens the model, which the context closes. */
    @Bean
    @ConditionalOnMissingBean
    public HeedEmbeddingModel heedEmbeddingModel(
            HeedEmbeddingProperties properties,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<EmbeddingModelObservationConvention> convention) {
        HeedEmbeddingModel.Builder settings =
                HeedEmbeddingModel.builder()
                        .model(properties.model())
                        .pooling(properties.pooling().toArray(Pooling[]::new))
                        .truncate(properties.truncate())
                        .metadataMode(properties.metadataMode());
        if (properties.maxTokens() != null) {
            settings.maxTokens(properties.maxTokens());
        }
        if (properties.threads() != null) {
            settings.threads(properties.threads());
        }
        observations.ifUnique(settings::observationRegistry);
        convention.ifAvailable(settings::observationConvention);
        return settings.build();
    }
}
