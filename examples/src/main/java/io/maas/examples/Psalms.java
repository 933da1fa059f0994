package io.maas.examples;

import io.maas.tensor.Tensor;
import io.maas.training.data.Dataset;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;

/**
 * The Psalms and Proverbs of 1611, character by character; where the text comes from stands in DATA.md beside it.
 *
 * @param text a verse a line
 * @param characters all that occur, in order; their places are the tokens
 */
record Psalms(String text, String characters) {
    static Psalms load() {
        try (InputStream file = Psalms.class.getResourceAsStream("psalms.txt.gz");
                InputStream stream = new GZIPInputStream(Objects.requireNonNull(file))) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            StringBuilder characters = new StringBuilder();
            text.chars().distinct().sorted().forEach(c -> characters.append((char) c));
            return new Psalms(text, characters.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long[] tokens(String part) {
        return part.chars().mapToLong(characters::indexOf).toArray();
    }

    String character(int token) {
        return characters.substring(token, token + 1);
    }

    /** The text from one character to another in pieces: tokens, and for each the next one as its target. */
    Dataset pieces(int from, int to, int length, int stride) {
        long[] tokens = tokens(text.substring(from, to));
        int count = (tokens.length - length - 1) / stride + 1;
        long[] features = new long[count * length];
        long[] targets = new long[count * length];
        for (int piece = 0; piece < count; piece++) {
            System.arraycopy(tokens, piece * stride, features, piece * length, length);
            System.arraycopy(tokens, piece * stride + 1, targets, piece * length, length);
        }
        return Dataset.of(Tensor.of(features, count, length), Tensor.of(targets, count, length));
    }

    /** Bits a character that the pair of characters before {@code cut} foretell of the text behind it. */
    double bigramBits(int cut) {
        int size = characters.length();
        double[][] counts = new double[size][size];
        long[] tokens = tokens(text);
        IntStream.range(1, cut).forEach(i -> counts[(int) tokens[i - 1]][(int) tokens[i]]++);
        return IntStream.range(cut + 1, tokens.length)
                .mapToDouble(i -> {
                    double[] row = counts[(int) tokens[i - 1]];
                    // One more of each: a pair that never occurred is still possible.
                    double share = (row[(int) tokens[i]] + 1)
                            / (IntStream.range(0, size).mapToDouble(c -> row[c]).sum() + size);
                    return -Math.log(share) / Math.log(2);
                })
                .average()
                .orElseThrow();
    }
}
