package io.maas.benchmarks;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.maas.adapter.AdapterProvider;
import io.maas.backend.Backend;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The floor plan of docs/floor-plan.md, held by the build. */
@AnalyzeClasses(
        packages = "io.maas",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.OurOwn.class})
class ArchitectureTest {
    /** Without other libraries that have another name here, and without what is generated. */
    static final class OurOwn implements ImportOption {
        private static final Pattern GENERATED = Pattern.compile(".*/io/maas/api/wire/[a-z]+/.*");

        @Override
        public boolean includes(Location location) {
            return !location.contains("/io/maas/shaded/") && !location.matches(GENERATED);
        }
    }

    private static final String[] CORE = {
        "io.maas",
        "io.maas.adapter..",
        "io.maas.error..",
        "io.maas.tensor..",
        "io.maas.graph..",
        "io.maas.model..",
        "io.maas.backend",
        "io.maas.pipeline..",
        "io.maas.registry..",
        "io.maas.serving..",
        "io.maas.storage..",
        "io.maas.train.."
    };

    @ArchTest
    static final ArchRule coreKnowsNoOneOutside = noClasses()
            .that(resideInAnyPackage(CORE))
            .should(dependOnClassesThat(resideInAPackage("io.maas..").and(resideOutsideOfPackages(CORE))));

    @ArchTest
    static final ArchRule coreIsLight = classes()
            .that(resideInAnyPackage(CORE))
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                    "io.maas..",
                    "java..",
                    "javax..",
                    "com.google.common..",
                    "com.google.protobuf..",
                    "ai.onnx.proto..",
                    "io.micrometer..",
                    "org.slf4j..",
                    "org.jspecify.."));

    @ArchTest
    static final ArchRule backendsKnowOnlyCore = noClasses()
            .that(resideInAnyPackage(
                    "io.maas.backend.onnxruntime..", "io.maas.backend.nd4j..", "io.maas.backend.tck.."))
            .should(dependOnClassesThat(
                    resideInAnyPackage("io.maas.training..", "io.maas.api..", "io.maas.benchmarks..")));

    @ArchTest
    static final ArchRule backendsDoNotKnowEachOther =
            slices().matching("io.maas.backend.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule storesDoNotKnowEachOther =
            slices().matching("io.maas.store.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule onlyItsStoreKnowsJdbc = noClasses()
            .that(resideOutsideOfPackages("io.maas.store.jdbc.."))
            .should(dependOnClassesThat(resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")));

    @ArchTest
    static final ArchRule trainingKnowsOnlyCore = noClasses()
            .that(resideInAPackage("io.maas.training.."))
            .should(dependOnClassesThat(resideInAnyPackage(
                    "io.maas.api..",
                    "io.maas.benchmarks..",
                    "io.maas.backend.onnxruntime..",
                    "io.maas.backend.nd4j..")));

    @ArchTest
    static final ArchRule apiKnowsCoreAndTraining = noClasses()
            .that(resideInAPackage("io.maas.api.."))
            .should(dependOnClassesThat(resideInAnyPackage(
                    "io.maas.benchmarks..", "io.maas.backend.onnxruntime..", "io.maas.backend.nd4j..")));

    @ArchTest
    static final ArchRule engineTypesStayInTheirBackend = noClasses()
            .that(resideOutsideOfPackages(
                    "io.maas.backend.onnxruntime..",
                    "io.maas.backend.nd4j..",
                    "io.maas.text..",
                    "io.maas.benchmarks.."))
            .should(dependOnClassesThat(
                    resideInAnyPackage("ai.onnxruntime..", "ai.djl..", "org.nd4j..", "org.bytedeco..")));

    /** DJL's arrays and tokenizers, which are no engine. */
    @ArchTest
    static final ArchRule textKnowsCoreAndNoEngine = noClasses()
            .that(resideInAPackage("io.maas.text.."))
            .should(dependOnClassesThat(resideInAnyPackage(
                    "io.maas.training..",
                    "io.maas.api..",
                    "io.maas.benchmarks..",
                    "io.maas.backend..",
                    "ai.onnxruntime..",
                    "ai.djl.onnxruntime..",
                    "org.nd4j..")));

    @ArchTest
    static final ArchRule onlyTreesKnowXgboost = noClasses()
            .that(resideOutsideOfPackages("io.maas.training.trees.."))
            .should(dependOnClassesThat(resideInAPackage("ml.dmlc..")));

    @ArchTest
    static final ArchRule foreignKnowsOnlyCore = noClasses()
            .that(resideInAPackage("io.maas.foreign.."))
            .should(dependOnClassesThat(resideInAPackage("io.maas..")
                    .and(resideOutsideOfPackages(CORE))
                    .and(resideOutsideOfPackages("io.maas.foreign.."))));

    @ArchTest
    static final ArchRule onlyForeignKnowsYaml = noClasses()
            .that(resideOutsideOfPackages("io.maas.foreign.."))
            .should(dependOnClassesThat(resideInAPackage("org.snakeyaml..")));

    @ArchTest
    static final ArchRule storesKnowOnlyCore = noClasses()
            .that(resideInAPackage("io.maas.store.."))
            .should(dependOnClassesThat(resideInAPackage("io.maas..")
                    .and(resideOutsideOfPackages(CORE))
                    .and(resideOutsideOfPackages("io.maas.store.."))));

    @ArchTest
    static final ArchRule onlyTheStoreInABucketKnowsTheCloud = noClasses()
            .that(resideOutsideOfPackages("io.maas.store.s3.."))
            .should(dependOnClassesThat(resideInAPackage("software.amazon..")));

    @ArchTest
    static final ArchRule noEngineTypeInAPublicSignature = methods()
            .that()
            .areDeclaredInClassesThat(resideInAPackage("io.maas.backend..").and(publicClasses()))
            .and()
            .arePublic()
            .should()
            .notHaveRawReturnType(resideInAnyPackage("ai.onnxruntime..", "ai.djl..", "org.nd4j.."))
            .andShould()
            .notHaveRawParameterTypes(new DescribedPredicate<>("hold an engine's type") {
                @Override
                public boolean test(List<JavaClass> types) {
                    return types.stream().anyMatch(resideInAnyPackage("ai.onnxruntime..", "ai.djl..", "org.nd4j.."));
                }
            });

    @ArchTest
    static final ArchRule noPackageCycles =
            slices().matching("io.maas.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noMutableStatics = fields().that()
            .areStatic()
            .and()
            .areDeclaredInClassesThat(resideOutsideOfPackages("io.maas.benchmarks.."))
            .should()
            .beFinal();

    private static DescribedPredicate<JavaClass> publicClasses() {
        return DescribedPredicate.describe(
                "public classes", type -> type.getModifiers().contains(JavaModifier.PUBLIC));
    }

    @ArchTest
    static void theFaceOfTheCoreStaysSmall(JavaClasses all) {
        var core = all.stream()
                .filter(resideInAnyPackage(CORE))
                .filter(type -> !type.isNestedClass() && !type.getSimpleName().equals("package-info"))
                .toList();
        var open = core.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .toList();
        assertThat(open.size())
                .as(
                        "public types of the core: %s",
                        open.stream().map(JavaClass::getName).collect(Collectors.joining(", ")))
                .isLessThanOrEqualTo(Math.round(core.size() * 0.75f));
    }

    @ArchTest
    static void theAdaptersOfTheModulesAreFound(JavaClasses all) {
        assertThat(ServiceLoader.load(AdapterProvider.class))
                .extracting(provider -> provider.getClass().getSimpleName())
                .containsExactlyInAnyOrder("TextAdapters", "ImageAdapters");
    }

    @ArchTest
    static void bothBackendsAreFound(JavaClasses all) {
        assertThat(ServiceLoader.load(Backend.class))
                .extracting(Backend::name)
                .containsExactlyInAnyOrder("onnxruntime", "nd4j");
    }
}
