package io.maas.tensor;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.maas.error.Require;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A group of tensors by name, in order: the inputs of a request, the outputs of a model, the state of a session.
 *
 * <p>Immutable and thread-safe. Groups are small, so look-up is a scan.
 */
public final class Tensors implements Iterable<Tensors.Entry> {
    /** Up to here comparing each name with each other is faster than hashing. */
    private static final int FEW = 8;

    private static final Tensors NONE = new Tensors(new Entry[0]);

    /** One tensor and its name. */
    public record Entry(String name, Tensor tensor) {}

    private final Entry[] entries;

    private Tensors(Entry[] entries) {
        this.entries = entries;
    }

    public static Tensors none() {
        return NONE;
    }

    public static Tensors of(String name, Tensor tensor) {
        return new Tensors(new Entry[] {new Entry(name, tensor)});
    }

    public static Tensors of(String name1, Tensor tensor1, String name2, Tensor tensor2) {
        return copyOf(List.of(new Entry(name1, tensor1), new Entry(name2, tensor2)));
    }

    public static Tensors of(String name1, Tensor tensor1, String name2, Tensor tensor2, String name3, Tensor tensor3) {
        return copyOf(List.of(new Entry(name1, tensor1), new Entry(name2, tensor2), new Entry(name3, tensor3)));
    }

    /**
     * The entries in their order.
     *
     * @throws IllegalArgumentException if a name occurs twice
     */
    public static Tensors copyOf(List<Entry> entries) {
        Entry[] all = entries.toArray(new Entry[0]);
        if (all.length <= FEW) {
            for (int i = 1; i < all.length; i++) {
                for (int j = 0; j < i; j++) {
                    if (all[i].name.equals(all[j].name)) {
                        throw twice(all[i]);
                    }
                }
            }
        } else {
            Set<String> names = new HashSet<>();
            for (Entry entry : all) {
                if (!names.add(entry.name)) {
                    throw twice(entry);
                }
            }
        }
        return new Tensors(all);
    }

    private static IllegalArgumentException twice(Entry entry) {
        return Require.failure("name", Require.quote(entry.name), "each name once");
    }

    /** The entries in the map's iteration order. */
    public static Tensors copyOf(Map<String, Tensor> tensors) {
        Entry[] all = new Entry[tensors.size()];
        int next = 0;
        for (Map.Entry<String, Tensor> each : tensors.entrySet()) {
            all[next++] = new Entry(each.getKey(), each.getValue());
        }
        return new Tensors(all);
    }

    /**
     * Several groups of the same names as one, each tensor's rows one after the other along the first axis.
     *
     * @throws IllegalArgumentException if there is none, or names, types or row shapes differ
     */
    public static Tensors concat(List<Tensors> groups) {
        Require.that(!groups.isEmpty(), "groups", 0, "at least one");
        for (Tensors group : groups) {
            Require.that(
                    group.size() == groups.get(0).size(),
                    "group",
                    group,
                    "the names " + groups.get(0).names());
        }
        Entry[] whole = groups.get(0).entries.clone();
        for (int i = 0; i < whole.length; i++) {
            String name = whole[i].name;
            whole[i] = new Entry(
                    name,
                    Tensor.concat(groups.stream().map(group -> group.get(name)).toList()));
        }
        return new Tensors(whole);
    }

    /** Rows {@code [from, to)} of every tensor along the first axis; shares their memory. */
    public Tensors rows(long from, long to) {
        Entry[] part = new Entry[entries.length];
        for (int i = 0; i < part.length; i++) {
            part[i] = new Entry(entries[i].name, entries[i].tensor.rows(from, to));
        }
        return new Tensors(part);
    }

    public int size() {
        return entries.length;
    }

    /** The entry at a place; {@code 0 <= index < size()}. */
    public Entry entry(int index) {
        return entries[index];
    }

    /** The tensor of that name, or null. */
    public @Nullable Tensor find(String name) {
        for (Entry entry : entries) {
            if (entry.name.equals(name)) {
                return entry.tensor;
            }
        }
        return null;
    }

    /**
     * The tensor of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Tensor get(String name) {
        Tensor tensor = find(name);
        if (tensor == null) {
            throw new IllegalArgumentException(
                    "tensor: " + Require.quote(name) + " (expected: one of " + names() + ")");
        }
        return tensor;
    }

    /**
     * The tensor of a group of one.
     *
     * @throws IllegalStateException if there is none or more than one
     */
    public Tensor only() {
        if (entries.length != 1) {
            throw new IllegalStateException("tensors: " + names() + " (expected: exactly one)");
        }
        return entries[0].tensor;
    }

    public List<String> names() {
        return Arrays.stream(entries).map(Entry::name).toList();
    }

    /** The tensors by name, in order, in a new map. */
    public Map<String, Tensor> toMap() {
        Map<String, Tensor> map = new LinkedHashMap<>();
        for (Entry entry : entries) {
            map.put(entry.name, entry.tensor);
        }
        return map;
    }

    /**
     * What the tensors are, as SHA-256 in lower-case hex over names, types, shapes and stored values, in order: two groups have the
     * same hash if every bit is the same.
     */
    public String hash() {
        Hasher hasher = Hashing.sha256().newHasher();
        for (Entry entry : entries) {
            Tensor tensor = entry.tensor();
            text(hasher, entry.name());
            text(hasher, tensor.dataType().name());
            hasher.putInt(tensor.shape().rank());
            for (long size : tensor.shape().toArray()) {
                hasher.putLong(size);
            }
            if (tensor.dataType() == DataType.STRING) {
                for (String value : tensor.strings()) {
                    text(hasher, value);
                }
            } else {
                hasher.putBytes(tensor.bytes());
            }
        }
        return hasher.hash().toString();
    }

    private static void text(Hasher hasher, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        hasher.putInt(bytes.length).putBytes(bytes);
    }

    @Override
    public Iterator<Entry> iterator() {
        return Arrays.asList(entries).iterator();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Tensors tensors && Arrays.equals(entries, tensors.entries);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(entries);
    }

    @Override
    public String toString() {
        StringJoiner joiner = new StringJoiner(", ", "{", "}");
        for (Entry entry : entries) {
            joiner.add(entry.name + ": " + entry.tensor);
        }
        return joiner.toString();
    }
}
