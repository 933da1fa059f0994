package io.maas.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.IntToDoubleFunction;

/**
 * From the scores of each token's classes to entities. A word has the class of its first token; words join to entities by the prefixes
 * {@code B-} (begins one) and {@code I-} (goes on with one of its class); a class without a prefix goes on with its like, and {@code O}
 * is outside.
 *
 * @see "Ramshaw and Marcus, Text Chunking using Transformation-Based Learning (1995)"
 */
final class EntityReader implements BiFunction<Tokens, Tensors, List<Entities>> {
    private static final String OUTSIDE = "O";

    private final String output;
    private final List<String> labels;

    EntityReader(String output, List<String> labels) {
        this.output = output;
        this.labels = labels;
    }

    /** A word, in code points. */
    private record Word(int from, int to, String label, double probability) {
        boolean isPrefixed(char prefix) {
            return label.length() > 2 && label.charAt(0) == prefix && label.charAt(1) == '-';
        }

        String name() {
            return isPrefixed('B') || isPrefixed('I') ? label.substring(2) : label;
        }

        boolean goesOn(Word before) {
            return !isPrefixed('B') && before.name().equals(name());
        }
    }

    @Override
    public List<Entities> apply(Tokens tokens, Tensors outputs) {
        Tensor scores = outputs.get(output);
        if (scores.shape().size(-1) != labels.size()) {
            throw new IllegalArgumentException(
                    "output " + output + ": " + scores + " (expected: " + labels.size() + " scores a token)");
        }
        int stride = Math.toIntExact(scores.shape().elementsPerRow());
        IntToDoubleFunction values = scores.asDoubles();
        List<Entities> all = new ArrayList<>();
        for (int row = 0; row < tokens.rows().size(); row++) {
            Tokens.Row text = tokens.rows().get(row);
            List<Word> words = words(Objects.requireNonNull(text.encoding()), values, row * stride);
            all.add(new Entities(entities(text.text(), words)));
        }
        return all;
    }

    private List<Word> words(Encoding encoding, IntToDoubleFunction values, int from) {
        List<Word> words = new ArrayList<>();
        CharSpan[] spans = encoding.getCharTokenSpans();
        long[] numbers = encoding.getWordIds();
        long last = -1;
        for (int token = 0; token < spans.length; token++) {
            if (spans[token] == null || encoding.getSpecialTokenMask()[token] == 1) {
                last = -1;
            } else if (numbers[token] >= 0 && numbers[token] == last) {
                Word word = words.remove(words.size() - 1);
                words.add(new Word(word.from, spans[token].getEnd(), word.label, word.probability));
            } else {
                words.add(word(spans[token], values, from + token * labels.size()));
                last = numbers[token];
            }
        }
        return words;
    }

    private Word word(CharSpan span, IntToDoubleFunction values, int from) {
        int best = 0;
        for (int i = 1; i < labels.size(); i++) {
            best = values.applyAsDouble(from + i) > values.applyAsDouble(from + best) ? i : best;
        }
        double sum = 0;
        for (int i = 0; i < labels.size(); i++) {
            sum += Math.exp(values.applyAsDouble(from + i) - values.applyAsDouble(from + best));
        }
        return new Word(span.getStart(), span.getEnd(), labels.get(best), 1 / sum);
    }

    private static List<Entity> entities(String text, List<Word> words) {
        List<Entity> entities = new ArrayList<>();
        List<Word> open = new ArrayList<>();
        for (Word word : words) {
            boolean outside = word.label.equals(OUTSIDE);
            if (!open.isEmpty() && (outside || !word.goesOn(open.get(open.size() - 1)))) {
                entities.add(entity(text, open));
                open.clear();
            }
            if (!outside) {
                open.add(word);
            }
        }
        if (!open.isEmpty()) {
            entities.add(entity(text, open));
        }
        return entities;
    }

    private static Entity entity(String text, List<Word> words) {
        Word first = words.get(0);
        int from = text.offsetByCodePoints(0, first.from);
        int to = text.offsetByCodePoints(from, words.get(words.size() - 1).to - first.from);
        double score = words.stream().mapToDouble(Word::probability).average().orElse(0);
        return new Entity(text.substring(from, to), from, to, first.name(), score);
    }
}
