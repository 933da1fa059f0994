package io.maas.training.loop;

import io.maas.error.CheckpointException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names and texts, with numbers written so that they come back with the same bits.
 *
 * <p>Not thread-safe.
 */
final class Facts {
    private final Map<String, String> texts;

    Facts() {
        this(Map.of());
    }

    Facts(Map<String, String> texts) {
        this.texts = new LinkedHashMap<>(texts);
    }

    Facts put(String name, String text) {
        texts.put(name, text);
        return this;
    }

    Facts put(String name, long number) {
        return put(name, Long.toString(number));
    }

    Facts put(String name, double number) {
        return put(name, Double.toString(number));
    }

    @Nullable
    String find(String name) {
        return texts.get(name);
    }

    String text(String name) {
        String text = texts.get(name);
        if (text == null) {
            throw new CheckpointException(
                    "checkpoint: " + name + " is missing (expected: one that this library wrote)");
        }
        return text;
    }

    long whole(String name) {
        try {
            return Long.parseLong(text(name));
        } catch (NumberFormatException e) {
            throw unreadable(name, e);
        }
    }

    double number(String name) {
        try {
            return Double.parseDouble(text(name));
        } catch (NumberFormatException e) {
            throw unreadable(name, e);
        }
    }

    private static CheckpointException unreadable(String name, NumberFormatException e) {
        return new CheckpointException(
                "checkpoint: " + name + " is no number (expected: one that this library wrote)", e);
    }

    /** What stands under names that begin so, without that beginning, in order. */
    Facts part(String prefix) {
        Facts part = new Facts();
        texts.forEach((name, text) -> {
            if (name.startsWith(prefix)) {
                part.put(name.substring(prefix.length()), text);
            }
        });
        return part;
    }

    /** Adds all of these behind a prefix. */
    void putAll(String prefix, Facts others) {
        others.texts.forEach((name, text) -> put(prefix + name, text));
    }

    Map<String, String> texts() {
        return Collections.unmodifiableMap(texts);
    }
}
