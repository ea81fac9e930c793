package heed.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

final class HeedEmbeddingAutoConfigurationTest {
    private final ApplicationContextRunner program =
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(HeedEmbeddingAutoConfiguration.class));

    @Test
    void isFoundBySpringBoot() {
        assertThat(ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()))
                .contains(HeedEmbeddingAutoConfiguration.class.getName());
    }

    @Test
    void isThereUnlessAnotherIsNamed() {
        program.run(context -> assertThat(context).hasSingleBean(EmbeddingModel.class));
        program.withPropertyValues("spring.ai.model.embedding=heed")
                .run(context -> assertThat(context).hasSingleBean(HeedEmbeddingModel.class));
        program.withPropertyValues("spring.ai.model.embedding=openai")
                .run(context -> assertThat(context).doesNotHaveBean(EmbeddingModel.class));
    }

    @Test
    void oneOfTheProgramsOwnGoesBeforeIt() {
        program.withBean(
                        "own",
                        HeedEmbeddingModel.class,
                        () -> HeedEmbeddingModel.builder().maxTokens(7).build())
                .run(
                        context ->
                                assertThat(context)
                                        .hasSingleBean(HeedEmbeddingModel.class)
                                        .hasBean("own"));
    }

    @Test
    void takesItsProperties() {
        program.withPropertyValues(
                        "heed.embedding.model=minilm",
                        "heed.embedding.pooling=cls,max",
                        "heed.embedding.truncate=true",
                        "heed.embedding.max-tokens=5",
                        "heed.embedding.threads=1",
                        "heed.embedding.metadata-mode=all")
                .run(
                        context -> {
                            EmbeddingModel model = context.getBean(EmbeddingModel.class);
                            assertThat(model.dimensions()).isEqualTo(768);
                            assertThat(model.embed("a dog runs home"))
                                    .isEqualTo(model.embed("a dog runs"));
                        });
    }

    @Test
    void aWrongPropertyIsNamed() {
        program.withPropertyValues("heed.embedding.pooling=median")
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .rootCause()
                                        .hasMessageContaining("median"));
        program.withPropertyValues("heed.embedding.model=no-such-model")
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .rootCause()
                                        .hasMessageContaining("no-such-model"));
    }

    @Test
    void tellsTheProgramsRegistryOfItsCalls() {
        TestObservationRegistry registry = TestObservationRegistry.create();
        program.withBean(TestObservationRegistry.class, () -> registry)
                .run(context -> context.getBean(EmbeddingModel.class).embed("a dog"));

        TestObservationRegistryAssert.assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo("gen_ai.client.operation", 1);
    }

    @Test
    void isClosedWithTheProgram() {
        HeedEmbeddingModel[] model = new HeedEmbeddingModel[1];
        program.run(context -> model[0] = context.getBean(HeedEmbeddingModel.class));

        assertThatIllegalStateException()
                .isThrownBy(() -> model[0].embed("a dog"))
                .withMessage("the embedder of minilm is closed");
    }
}
