package io.maas.training.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.backend.tck.ReferenceBackend;
import io.maas.error.InvalidInputException;
import io.maas.tensor.Tensor;
import io.maas.train.Loss;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DoubtsTest {
    private static Trainer trainer(int outputs, Loss loss) {
        return Trainer.of(Network.sequential(Layers.dense(1, outputs)), loss, Optimizers.sgd(0.1))
                .withBackend(new ReferenceBackend());
    }

    private static Dataset numbered(int rows) {
        float[] features = new float[rows];
        long[] classes = new long[rows];
        for (int i = 0; i < rows; i++) {
            features[i] = i;
            classes[i] = i % 2;
        }
        return Dataset.of(Tensor.of(features, rows, 1), Tensor.of(classes));
    }

    /** What is logged meanwhile. */
    private static String logged(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    @Test
    void rowsInBothSetsAreWarnedOf() {
        Dataset data = numbered(40);
        Trainer trainer = trainer(2, Losses.softmaxCrossEntropy());
        Dataset leaking = data.rows(new int[] {30, 4, 31, 32, 9});

        assertThat(logged(() -> trainer.fit(data.rows(0, 20), Fit.epochs(1).validateOn(leaking))))
                .contains(
                        "WARN io.maas.training.loop.Doubts - validation set: 2 of 5 rows (row 1 is row 4 of the training"
                                + " set, row 4 is row 9) stand in the training set too");
        assertThat(logged(() -> trainer.fit(data.rows(0, 20), Fit.epochs(1).validateOn(data.rows(20, 40)))))
                .isEmpty();
    }

    @Test
    void oneClassIsRefused() {
        Dataset one = numbered(6).rows(new int[] {1, 3, 5});

        assertThatThrownBy(() -> trainer(2, Losses.softmaxCrossEntropy()).fit(one, Fit.epochs(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "targets of the training set: all 3 rows are of class 1 (expected: two classes or more, to tell"
                                + " apart); add rows of others, or split with Splitter.stratified");
    }

    @Test
    void targetsOfOneNumberAreWarnedOf() {
        Dataset no = Dataset.of(numbered(3).features(), Tensor.of(new float[3], 3, 1));

        assertThat(logged(() -> trainer(1, Losses.binaryCrossEntropy()).fit(no, Fit.epochs(1))))
                .contains("targets of the training set: all 3 rows have 0.0; there is nothing to learn");
    }
}
