package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.graph.GraphBuilder;
import io.maas.model.Lineage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.CsvOptions;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PreprocessingTableTest {
    private static final Preprocessing RECIPE = Preprocessing.of(
                    Numbers.of("age", "visits").fillMedian().standardize(),
                    Categories.of("city").unseen(Unseen.UNKNOWN),
                    DateParts.of("day").parts(DatePart.MONTH),
                    Categories.of("city").ids("place").unseen(Unseen.UNKNOWN))
            .predicting(Target.classes("comes"));

    private static Table table(String csv) throws IOException {
        return Table.readCsv(new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)), CsvOptions.defaults());
    }

    private static String csv(int rows) {
        Random random = new Random(3);
        StringBuilder text = new StringBuilder("id,age,visits,city,day,comes\n");
        for (int i = 0; i < rows; i++) {
            String age = random.nextInt(6) == 0 ? "" : String.valueOf(18 + random.nextInt(700) / 10.0);
            String city = new String[] {"\"K\u00f6ln, Deutz\"", "", "\uD83D\uDE00", "Rom"}[random.nextInt(4)];
            text.append(i)
                    .append(',')
                    .append(age)
                    .append(',')
                    .append(random.nextInt(9))
                    .append(',')
                    .append(city);
            text.append(",2024-0").append(1 + random.nextInt(9)).append("-11,");
            text.append(random.nextBoolean() ? "yes" : "no").append('\n');
        }
        return text.toString();
    }

    @Test
    void tablesGiveWhatTheirTensorsGive() throws IOException {
        Table table = table(csv(10_000));
        int[] some = IntStream.range(0, 7000).map(i -> (i * 7919) % 10_000).toArray();
        Table train = table.rows(some);
        FittedPreprocessing fitted = RECIPE.fit(train);
        assertThat(fitted.toString()).isEqualTo(RECIPE.fit(train.rows(0, 7000)).toString());
        assertThat(fitted.columns()).containsExactly("age", "visits", "city", "day");
        Dataset data = fitted.apply(table);
        Tensors all = table.rows(0, 10_000);
        Tensors features = fitted.transform(all);
        assertThat(data.features()).isEqualTo(features.get("features"));
        assertThat(data.find("place")).isEqualTo(features.get("place"));
        assertThat(data.columns())
                .containsExactly(
                        "age",
                        "visits",
                        "city=K\u00f6ln, Deutz",
                        "city=Rom",
                        "city=\uD83D\uDE00",
                        "city=<missing>",
                        "city=<unknown>",
                        "day.month");
        assertThat(data.targets()).isEqualTo(fitted.apply(all).targets());
    }

    @Test
    void modelsTakeTablesWhoseGapsAreElsewhere() throws IOException {
        FittedPreprocessing fitted =
                Preprocessing.of(Numbers.of("age").fillMean()).fit(table("age,b\n1,1\n,1\n"));
        GraphBuilder b = new GraphBuilder("model");
        b.output("y", b.mul(b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 1)), 2));
        RawModel model = RawModel.of(fitted, b.build(), Lineage.unknown());
        assertThat(model.predict(table("b,age\n0,3\n0,4\n")).only().toFloatArray())
                .containsExactly(6, 8);
        assertThat(model.predict(table("age\n\"\"\n4.5\n")).only().toFloatArray())
                .containsExactly(2, 9);
    }

    @Test
    void largeOutputsAreMappedAndEqual() throws IOException {
        int rows = 400_000;
        Tensors raw = Tensors.of(
                "x",
                Tensor.of(IntStream.range(0, rows).mapToDouble(i -> i).toArray()),
                "y",
                Tensor.of(IntStream.range(0, rows).mapToLong(i -> i % 12).toArray()),
                "t",
                Tensor.of(IntStream.range(0, rows).mapToLong(i -> i % 2).toArray()));
        FittedPreprocessing fitted = Preprocessing.of(Numbers.of("x").minMax(), Categories.of("y"))
                .predicting(Target.classes("t"))
                .fit(raw);
        Dataset data = fitted.apply(raw);
        assertThat(data.features().byteSize()).isEqualTo(4L * 13 * rows);
        for (int row : new int[] {0, 4095, 4096, 123_456, rows - 1}) {
            float[] values = data.rows(row, row + 1).features().toFloatArray();
            assertThat(values[0]).isEqualTo((float) (row / (rows - 1.0)));
            assertThat(IntStream.range(1, 13).filter(i -> values[i] == 1)).containsExactly(1 + row % 12);
            assertThat(data.rows(row, row + 1).targets().toLongArray()).containsExactly(row % 2);
        }
    }

    @Test
    void columnsThatAreNotThereAreNamed() throws IOException {
        Table table = table("age,city\n1,a\n2,b\n");
        assertThatThrownBy(() -> Preprocessing.of(Numbers.of("height")).fit(table))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("column: \"height\" (expected: one of [age, city])");
    }

    @Test
    void columnsOfDifferentTypesInTwoFilesAreNamed() throws IOException {
        Preprocessing recipe = Preprocessing.of(Numbers.of("age").fillMean());
        Table whole = table("age\n1\n2\n");
        Table gaps = table("age,b\n1,1\n,1\n");
        assertThat(recipe.fit(gaps).transform(whole.rows(0, 2)).only().toFloatArray())
                .containsExactly(1, 2);
        assertThatThrownBy(() -> recipe.fit(whole).transform(gaps.rows(0, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "column \"age\": float64[2] (expected: int64[batch] as in the training data); declare its type"
                                + " where the rows are read");
    }
}
