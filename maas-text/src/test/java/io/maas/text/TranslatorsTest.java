package io.maas.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import io.maas.Maas;
import io.maas.adapter.TypedModel;
import io.maas.error.InvalidInputException;
import io.maas.graph.GraphBuilder;
import io.maas.model.Artifact;
import io.maas.model.Model;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TranslatorsTest {
    @TempDir
    Path folder;

    private Maas maas;
    private Model model;

    @BeforeEach
    void serveThrice() {
        maas = Maas.open(folder);
        GraphBuilder b = new GraphBuilder("thrice");
        b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 2)), 3));
        maas.registry().publish("thrice", Artifact.of(b.build()));
        maas.deploy("thrice");
        model = maas.model("thrice");
    }

    @AfterEach
    void close() {
        maas.close();
    }

    /** Two numbers with a comma between them; the answer says of which they are the triple. */
    private static final class Pairs implements Translator<String, String> {
        private final @Nullable Batchifier batchifier;

        Pairs(@Nullable Batchifier batchifier) {
            this.batchifier = batchifier;
        }

        @Override
        public @Nullable Batchifier getBatchifier() {
            return batchifier;
        }

        @Override
        public NDList processInput(TranslatorContext context, String item) {
            String[] parts = item.split(",", -1);
            float[] values = {Float.parseFloat(parts[0]), Float.parseFloat(parts[1])};
            context.setAttachment("item", item);
            NDArray array = batchifier == null
                    ? context.getNDManager().create(values, new ai.djl.ndarray.types.Shape(1, 2))
                    : context.getNDManager().create(values);
            array.setName("x");
            return new NDList(array);
        }

        @Override
        public String processOutput(TranslatorContext context, NDList list) {
            float[] values = list.get("y").toFloatArray();
            return context.getAttachment("item") + " -> " + values[0] + "," + values[1];
        }
    }

    @Test
    void aStackingTranslatorAnswersManyInOneRequest() {
        TypedModel<String, String> typed =
                TypedModel.of(model, Translators.adapt(new Pairs(Batchifier.STACK), model.signature()));
        List<String> items = IntStream.range(0, 40).mapToObj(i -> i + "," + -i).toList();

        List<String> answers = typed.predictAll(items);

        assertThat(typed.predict("1,2")).isEqualTo("1,2 -> 3.0,6.0");
        assertThat(answers)
                .isEqualTo(IntStream.range(0, 40)
                        .mapToObj(i -> i + "," + -i + " -> " + 3f * i + "," + 3f * -i)
                        .toList());
        assertThat(maas.deployment("thrice").statistics().requests()).isEqualTo(2);
    }

    @Test
    void aTranslatorWithoutBatchifierMakesItsBatchesItself() {
        TypedModel<String, String> typed = TypedModel.of(model, Translators.adapt(new Pairs(null), model.signature()));

        assertThat(typed.predictAll(List.of("1,2", "3,4"))).containsExactly("1,2 -> 3.0,6.0", "3,4 -> 9.0,12.0");
        assertThat(maas.deployment("thrice").statistics().requests()).isEqualTo(2);
    }

    @Test
    void aTranslatorThatThrowsFailsItsOwnRequest() {
        TypedModel<String, String> typed =
                TypedModel.of(model, Translators.adapt(new Pairs(Batchifier.STACK), model.signature()));

        assertThatThrownBy(() -> typed.predict("one,2"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("adapter translator \"Pairs\": For input string: \"one\"")
                .hasCauseInstanceOf(NumberFormatException.class);
        assertThat(typed.predict("1,1")).endsWith("3.0,3.0");
    }

    /** Puts its items together itself, as translators of texts do. */
    private static final class Together implements Translator<Float, Float> {
        @Override
        public NDList processInput(TranslatorContext context, Float item) {
            throw new AssertionError("one by one (expected: the whole batch)");
        }

        @Override
        public Float processOutput(TranslatorContext context, NDList list) {
            throw new AssertionError("one by one (expected: the whole batch)");
        }

        @Override
        public NDList batchProcessInput(TranslatorContext context, List<Float> items) {
            float[] values = new float[2 * items.size()];
            for (int i = 0; i < items.size(); i++) {
                values[2 * i] = items.get(i);
            }
            context.setAttachment("items", items.size());
            return new NDList(context.getNDManager().create(values, new ai.djl.ndarray.types.Shape(items.size(), 2)));
        }

        @Override
        public List<Float> batchProcessOutput(TranslatorContext context, NDList list) {
            float[] values = list.get("y").toFloatArray();
            assertThat(context.getAttachment("items")).isEqualTo(values.length / 2);
            return IntStream.range(0, values.length / 2)
                    .mapToObj(i -> values[2 * i])
                    .toList();
        }
    }

    @Test
    void withAnEnginesArraysWholeBatchesAreTheTranslators() {
        try (NDManager manager = NDManager.newBaseManager()) {
            TypedModel<Float, Float> typed =
                    TypedModel.of(model, Translators.adapt(new Together(), model.signature(), manager));

            assertThat(typed.predictAll(List.of(1f, 2f, 3f))).containsExactly(3f, 6f, 9f);
            assertThat(manager.getManagedArrays()).isEmpty();
        }
    }

    @Test
    void aTranslatorThatAsksForAModelOfDjlIsRefused() {
        Translator<Float, Float> asking = new Translator<>() {
            @Override
            public void prepare(TranslatorContext context) {
                context.getModel();
            }

            @Override
            public NDList processInput(TranslatorContext context, Float item) {
                return new NDList();
            }

            @Override
            public Float processOutput(TranslatorContext context, NDList list) {
                return 0f;
            }
        };

        assertThatThrownBy(() -> Translators.adapt(asking, model.signature()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be prepared")
                .hasMessageContaining("no model of DJL stands behind this translator");
    }

    @Test
    void aTranslatorMayReadTheModelOfDjlThatItIsGiven() {
        Translator<Float, String> labelling = new Translator<>() {
            private String unit = "";

            @Override
            public void prepare(TranslatorContext context) {
                unit = context.getModel().getProperty("unit");
            }

            @Override
            public NDList processInput(TranslatorContext context, Float item) {
                return new NDList(
                        context.getNDManager().create(new float[] {item, 0}, new ai.djl.ndarray.types.Shape(1, 2)));
            }

            @Override
            public String processOutput(TranslatorContext context, NDList list) {
                return list.get("y").toFloatArray()[0] + " "
                        + context.getModel().getProperty("unit") + unit;
            }

            @Override
            public @Nullable Batchifier getBatchifier() {
                return null;
            }
        };
        try (ai.djl.Model djl = ai.djl.Model.newInstance("thrice")) {
            djl.setProperty("unit", "m");

            TypedModel<Float, String> typed =
                    TypedModel.of(model, Translators.adapt(labelling, model.signature(), djl));

            assertThat(typed.predict(2f)).isEqualTo("6.0 mm");
        }
    }
}
