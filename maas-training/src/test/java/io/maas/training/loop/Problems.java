package io.maas.training.loop;

import io.maas.tensor.Tensor;
import io.maas.training.data.CsvOptions;
import io.maas.training.data.Dataset;
import io.maas.training.data.Table;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;

/** Data sets small enough for a test. */
final class Problems {
    private Problems() {}

    /** The two bits of each row and whether they differ. */
    static Dataset xor() {
        return Dataset.of(Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, 4, 2), Tensor.of(new long[] {0, 1, 1, 0}));
    }

    /** {@code y = 3a - 2b + 1}, without noise. */
    static Dataset line(int rows) {
        SplittableRandom random = new SplittableRandom(1);
        float[] features = new float[2 * rows];
        float[] targets = new float[rows];
        for (int i = 0; i < rows; i++) {
            features[2 * i] = (float) (2 * random.nextDouble() - 1);
            features[2 * i + 1] = (float) (2 * random.nextDouble() - 1);
            targets[i] = 3 * features[2 * i] - 2 * features[2 * i + 1] + 1;
        }
        return Dataset.of(Tensor.of(features, rows, 2), Tensor.of(targets));
    }

    /** 1,797 pictures of digits, 8 × 8 pixels from 0 to 16; see NOTICE beside the file. */
    static Dataset digits() {
        InputStream file = Objects.requireNonNull(Problems.class.getResourceAsStream("/digits.csv.gz"));
        try (GZIPInputStream stream = new GZIPInputStream(file)) {
            return Table.readCsv(stream, CsvOptions.defaults().withoutHeader()).dataset();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
