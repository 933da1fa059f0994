package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoredRowsTest {
    private static final int ROWS = 37;

    private static Storage write(long maxMemory, long maxPiece) throws IOException {
        try (StoredRows rows = written(maxMemory, maxPiece)) {
            return rows.finish();
        }
    }

    private static StoredRows written(long maxMemory, long maxPiece) throws IOException {
        StoredRows rows = new StoredRows(DataType.FLOAT32, Shape.of(ROWS, 2, 1), maxMemory, maxPiece);
        ByteBuffer portion = StoredRows.buffer(2 * Float.BYTES);
        for (int i = 0; i < ROWS; i++) {
            rows.append(portion.clear().putFloat(i).putFloat(-i).flip());
        }
        return rows;
    }

    private static Dataset dataset(Storage storage) {
        return Dataset.of(storage, new FixedRows(Tensor.zeros(DataType.INT64, Shape.of(ROWS))));
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "10, 1000", "10, 100", "10, 8", "10, 1"})
    void piecesMakeNoDifference(long maxMemory, long maxPiece) throws IOException {
        Storage storage = write(maxMemory, maxPiece);
        Dataset data = dataset(storage);

        assertThat(data.hash()).isEqualTo(dataset(write(1000, 1000)).hash());
        assertThat(data.features().shape()).isEqualTo(Shape.of(ROWS, 2, 1));
        assertThat(data.rows(10, 13).features().toFloatArray()).containsExactly(10, -10, 11, -11, 12, -12);
        assertThat(data.rows(36, 37).features().toFloatArray()).containsExactly(36, -36);
        assertThat(data.rows(new int[] {36, 0, 13}).features().toFloatArray()).containsExactly(36, -36, 0, 0, 13, -13);
        Storage flat = storage.reshaped(Shape.of(ROWS, 2));
        assertThat(flat.slice(11, 12).shape()).isEqualTo(Shape.of(1, 2));
        assertThat(flat.slice(37, 37).shape()).isEqualTo(Shape.of(0, 2));
    }

    @Test
    void nothingIsCopiedWhereItNeedNotBe() throws IOException {
        assertThat(write(10, 1000).slice(3, 5).isDirect()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "10, 100", "10, 8"})
    void whatWasWrittenIsADataSet(long maxMemory, long maxPiece) throws IOException {
        try (StoredRows features = written(maxMemory, maxPiece);
                StoredRows targets = written(maxMemory, maxPiece);
                StoredRows more = written(maxMemory, maxPiece)) {
            Dataset data = Dataset.of(features, targets).with("more", more);

            Tensor expected = write(1000, 1000).slice(0, ROWS);
            assertThat(data.features()).isEqualTo(expected);
            assertThat(data.targets()).isEqualTo(expected);
            assertThat(data.find("more")).isEqualTo(expected);
        }
    }

    @Test
    void writtenRowsMustFitEachOther() throws IOException {
        try (StoredRows features = written(1000, 1000);
                StoredRows again = written(1000, 1000);
                StoredRows few = new StoredRows(DataType.FLOAT32, Shape.of(0, 2));
                StoredRows infinite = new StoredRows(DataType.FLOAT32, Shape.of(ROWS, 1))) {
            for (int i = 0; i < ROWS; i++) {
                infinite.append(
                        StoredRows.buffer(Float.BYTES).putFloat(1f / (i - 3)).flip());
            }

            assertThatThrownBy(() -> Dataset.of(features, few))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("rows: features float32[37, 2, 1] and targets float32[0, 2] (expected: ");
            assertThatThrownBy(() -> Dataset.of(again, infinite))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("targets");
        }
    }

    @Test
    void moreThanATensorHoldsIsRefusedBeforeItIsWritten() {
        assertThatThrownBy(() -> StoredRows.forTensor(DataType.FLOAT32, Shape.of(600_000, 1000)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("bytes: 2400000000 for float32[600000, 1000] (expected: at most 2 GiB in one tensor);"
                        + " split the rows, or have fewer columns");
    }
}
