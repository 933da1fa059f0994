package io.maas.examples;

import com.google.common.base.Splitter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/** Meanings of English verbs; where they come from stands in DATA.md beside them. */
final class Verbs {
    /** How a verb is used in one of its meanings. */
    enum Use {
        /** With an object: somebody tops something. */
        TRANSITIVE,
        /** Without: somebody sneezes. */
        INTRANSITIVE,
        /** Both ways, or with clauses and the like. */
        OTHER
    }

    /**
     * One meaning of a verb.
     *
     * @param definition such as {@code reach or ascend the top of}
     * @param sentence one that uses the verb in this meaning, such as {@code The hikers topped the mountain just before noon}
     */
    record Verb(Use use, String definition, String sentence) {}

    private Verbs() {}

    static List<Verb> load() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Objects.requireNonNull(Verbs.class.getResourceAsStream("verbs.tsv.gz"))),
                StandardCharsets.UTF_8))) {
            List<Verb> verbs = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                List<String> cells = Splitter.on('\t').splitToList(line);
                verbs.add(new Verb(Use.valueOf(cells.get(0).toUpperCase(Locale.ROOT)), cells.get(1), cells.get(2)));
            }
            return verbs;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> List<T> shuffled(List<T> items, long seed) {
        List<T> copy = new ArrayList<>(items);
        Collections.shuffle(copy, new Random(seed));
        return copy;
    }
}
