package heed.app;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses HEED =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("heed");

    @Test
    void everyModuleIsLookedAt() {
        for (String name :
                new String[] {
                    "heed.attention.Attention",
                    "heed.simd.BlockProduct",
                    "heed.transformer.model.Bert",
                    "heed.microscope.Traversal",
                    "heed.page.figure.Figure",
                    "heed.app.Heed"
                }) {
            assertThat(HEED.contain(name)).as(name).isTrue();
        }
    }

    @Test
    void modulesDependInOneDirection() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("heed..")
                .layer("app")
                .definedBy("heed.app..")
                .layer("page")
                .definedBy("heed.page..")
                .layer("microscope")
                .definedBy("heed.microscope..")
                .layer("transformer")
                .definedBy("heed.transformer..")
                .layer("attention")
                .definedBy("heed.attention")
                .layer("kernel")
                .definedBy("heed.attention.kernel..")
                .layer("simd")
                .definedBy("heed.simd..")
                .whereLayer("app")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("page")
                .mayOnlyBeAccessedByLayers("app")
                .whereLayer("microscope")
                .mayOnlyBeAccessedByLayers("page", "app")
                .whereLayer("transformer")
                .mayOnlyBeAccessedByLayers("microscope", "page", "app")
                .whereLayer("attention")
                .mayOnlyBeAccessedByLayers("transformer", "microscope", "app")
                .whereLayer("kernel")
                .mayOnlyBeAccessedByLayers("attention")
                .whereLayer("simd")
                .mayOnlyBeAccessedByLayers("attention", "kernel", "transformer")
                .check(HEED);
    }

    @Test
    void insideTransformerLayersStandOnCheckpoints() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("heed.transformer..")
                .layer("embed")
                .definedBy("heed.transformer.embed..")
                .layer("generate")
                .definedBy("heed.transformer.generate..")
                .layer("train")
                .definedBy("heed.transformer.train..")
                .layer("model")
                .definedBy("heed.transformer.model..")
                .layer("layer")
                .definedBy("heed.transformer.layer..")
                .layer("tokenizer")
                .definedBy("heed.transformer.tokenizer..")
                .layer("checkpoint")
                .definedBy("heed.transformer.checkpoint..")
                .layer("hub")
                .definedBy("heed.transformer.hub..")
                .whereLayer("hub")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("hub")
                .mayOnlyAccessLayers("checkpoint")
                .whereLayer("embed")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("generate")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("train")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("train")
                .mayOnlyAccessLayers("model", "layer", "checkpoint")
                .whereLayer("model")
                .mayOnlyBeAccessedByLayers("embed", "generate", "train")
                .whereLayer("layer")
                .mayOnlyBeAccessedByLayers("model", "embed", "generate", "train")
                .whereLayer("tokenizer")
                .mayOnlyBeAccessedByLayers("model", "embed", "generate")
                .whereLayer("checkpoint")
                .mayOnlyBeAccessedByLayers("model", "layer", "tokenizer", "hub", "embed", "train")
                .check(HEED);
    }

    /** Measures stand on relevance and the traversal; nobody below knows them. */
    @Test
    void insideTheMicroscopeEverythingStandsOnTheTraversal() {
        noClasses()
                .that()
                .resideInAPackage("heed.microscope")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("heed.microscope.*")
                .check(HEED);
        noClasses()
                .that()
                .resideInAPackage("heed.microscope.relevance")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "heed.microscope.look",
                        "heed.microscope.heads",
                        "heed.microscope.treebank",
                        "heed.microscope.coreference",
                        "heed.microscope.export")
                .check(HEED);
    }

    /** A command knows what all share, and no other command. */
    @Test
    void commandsDoNotKnowOneAnother() {
        slices().matching("heed.app.(*)..")
                .should()
                .notDependOnEachOther()
                .ignoreDependency(alwaysTrue(), resideInAPackage("heed.app.terminal.."))
                .ignoreDependency(alwaysTrue(), resideInAPackage("heed.app.chart.."))
                .check(HEED);
        noClasses()
                .that()
                .resideInAPackage("heed.app.terminal..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("heed.app..")
                                .and(not(resideInAPackage("heed.app.terminal.."))))
                .check(HEED);
    }

    @Test
    void theEngineDependsOnTheJdkAlone() {
        classes()
                .that()
                .resideInAnyPackage("heed.attention..", "heed.simd..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "heed.attention..",
                        "heed.simd..",
                        "java..",
                        "jdk.incubator.vector..",
                        "org.jspecify..")
                .check(HEED);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("heed.(**)").should().beFreeOfCycles().check(HEED);
    }

    @Test
    void onlyTheCommandLineTouchesStandardStreams() {
        noClasses()
                .that()
                .resideOutsideOfPackage("heed.app..")
                .should(ACCESS_STANDARD_STREAMS)
                .check(HEED);
    }

    /**
     * Scores become weights in the kernel alone: nobody else exponentiates but for the loss and
     * derivatives, or multiplies panels but for a linear layer.
     */
    @Test
    void attentionIsComputedInOnePlace() {
        noClasses()
                .that()
                .resideOutsideOfPackages("heed.attention..", "heed.simd..")
                .and()
                .haveNameNotMatching(
                        "heed\\.transformer\\.layer\\.(StoredMatrix|CrossEntropy|Gelu|Activation.*)")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("heed\\.simd\\.(Exp2|BlockProduct)")
                .check(HEED);
    }
}
