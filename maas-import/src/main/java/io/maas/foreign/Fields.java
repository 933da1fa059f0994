package io.maas.foreign;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of a message that are asked for by name, and what is left in the end. */
final class Fields {
    private final String path;
    private final List<TextProto.Field> all;
    private final List<String> notes;
    private final Set<String> asked = new LinkedHashSet<>();

    /** @param notes where what is not asked for is told */
    Fields(String path, List<TextProto.Field> all, List<String> notes) {
        this.path = path;
        this.all = all;
        this.notes = notes;
    }

    private List<TextProto.Field> find(String name) {
        asked.add(name);
        return all.stream().filter(field -> field.name().equals(name)).toList();
    }

    boolean has(String name) {
        return all.stream().anyMatch(field -> field.name().equals(name));
    }

    /** The last of that name counts, as in protocol buffers. */
    @Nullable
    String text(String name) {
        List<TextProto.Field> found = find(name);
        return found.isEmpty() ? null : found.get(found.size() - 1).text();
    }

    long number(String name, long otherwise) {
        String text = text(name);
        return text == null ? otherwise : number(name, text);
    }

    List<Long> numbers(String name) {
        return find(name).stream().map(field -> number(name, field.text())).toList();
    }

    private long number(String name, String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    path + name + ": " + Require.quote(text) + " (expected: a whole number)", e);
        }
    }

    List<Fields> messages(String name) {
        List<Fields> messages = new ArrayList<>();
        List<TextProto.Field> found = find(name);
        for (TextProto.Field field : found) {
            String place = found.size() == 1 ? "." : "[" + messages.size() + "].";
            messages.add(new Fields(path + name + place, field.fields(), notes));
        }
        return messages;
    }

    /** Tells of everything that nobody has asked for. */
    void end() {
        Set<String> left = new LinkedHashSet<>();
        all.forEach(field -> left.add(field.name()));
        left.removeAll(asked);
        left.forEach(name -> notes.add(path + name + " is not taken over"));
    }
}
