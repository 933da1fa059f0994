package io.maas.examples;

import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.train.Optimizer;
import io.maas.train.Schedule;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Embedding;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;

/**
 * Learns to write like the Psalms, character by character: a transformer that is trained on nine tenths of the text, measured on
 * the last one, and then asked for verses of its own. It writes with a cache of keys and values, at the cost of one character each.
 *
 * <p>Arguments: the number of epochs (6), the width (128), the number of blocks (3).
 */
public final class CharTransformer {
    private static final int LENGTH = 128;
    private static final int BATCH = 16;

    private CharTransformer() {}

    public static void main(String[] args) {
        int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 6;
        int width = args.length > 1 ? Integer.parseInt(args[1]) : 128;
        int blocks = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        Psalms psalms = Psalms.load();
        int cut = psalms.text().length() * 9 / 10;
        Dataset heldOut = psalms.pieces(cut, psalms.text().length(), LENGTH, LENGTH);
        Trained trained = train(
                network(psalms.characters().length(), width, blocks),
                psalms.pieces(0, cut, LENGTH, LENGTH / 2),
                heldOut,
                epochs);
        double nats = trained.metrics().getOrDefault("validation.loss", Double.NaN);
        System.out.printf(
                "held-out text: %.2f bits a character, perplexity %.2f; pairs of characters alone: %.2f bits%n",
                nats / Math.log(2), Math.exp(nats), psalms.bigramBits(cut));
        try (Program decoder = Backends.load().preferred().compile(trained.decoder(), ProgramOptions.serving())) {
            VerseWriter writer = new VerseWriter(decoder, psalms, LENGTH);
            for (int seed = 1; seed <= 5; seed++) {
                System.out.println("  " + writer.write("The ", seed));
            }
        }
    }

    private static Network network(int characters, int width, int blocks) {
        Embedding embedding = Layers.embedding(characters, width);
        Layer[] body = new Layer[blocks + 1];
        for (int i = 0; i < blocks; i++) {
            body[i] = Layers.transformer(
                            4 * width, Layers.attention(4).causalOnly().withRotary())
                    .normBefore()
                    .withActivation(Layers.gelu())
                    .withDropout(0.1);
        }
        body[blocks] = Layers.layerNorm();
        return Network.sequential(
                        Layers.shared("characters", embedding),
                        Layers.sequential(body),
                        Layers.shared("characters", embedding.projection()))
                .named("tokens", "logits");
    }

    private static Trained train(Network network, Dataset text, Dataset heldOut, int epochs) {
        long steps = (long) epochs * ((text.rows() + BATCH - 1) / BATCH);
        Optimizer optimizer =
                Optimizers.clipByNorm(Optimizers.scheduled(Optimizers.adamW(3e-3, 1e-2), Schedule.oneCycle(steps)), 1);
        return Trainer.of(network, Losses.softmaxCrossEntropy(), optimizer)
                .withSeed(1)
                .fit(
                        text,
                        Fit.epochs(epochs)
                                .batchSize(BATCH)
                                .validateOn(heldOut)
                                .listen(report -> System.out.printf(
                                        "epoch %d: %.2f bits a character in training%n",
                                        report.epoch(), report.train().loss() / Math.log(2))));
    }
}
