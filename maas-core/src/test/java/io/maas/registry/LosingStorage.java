package io.maas.registry;

import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk that forgets at a power cut what was not synchronised: of each file's writes since its last synchronisation any
 * may be lost or torn, of each folder's new, renamed and removed names any may be lost, independently of each other. No
 * order is kept but that of the names in one folder.
 */
final class LosingStorage implements Storage {
    private final Storage disk;
    private final Path root;
    private final Map<Path, Node> nodes = new HashMap<>();

    /** A file or folder, whatever its name. */
    private static final class Node {
        final boolean folder;
        byte[] bytes = new byte[0];
        byte[] durableBytes = new byte[0];
        final List<Write> writes = new ArrayList<>();
        final Map<String, Node> durableNames = new TreeMap<>();
        final List<Naming> namings = new ArrayList<>();

        Node(boolean folder) {
            this.folder = folder;
        }
    }

    /** Bytes at a position; without bytes a truncation to it. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Write(long position, byte @Nullable [] bytes) {
        byte[] applyTo(byte[] old, Random random) {
            if (bytes == null) {
                return Arrays.copyOf(old, (int) position);
            }
            int kept = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length + 1);
            boolean grown = random.nextBoolean();
            int end = (int) position + (grown ? bytes.length : kept);
            byte[] changed = Arrays.copyOf(old, Math.max(old.length, end));
            System.arraycopy(bytes, 0, changed, (int) position, kept);
            return changed;
        }
    }

    /** A name that from now on means a node, or nothing. */
    private record Naming(String name, @Nullable Node node) {}

    LosingStorage(Storage disk, Path root) {
        this.disk = disk;
        this.root = root;
        nodes.put(root, new Node(true));
    }

    private Node node(Path path) {
        return Artifacts.present(nodes.get(path));
    }

    private Node parent(Path path) {
        return node(path.resolveSibling(""));
    }

    @Override
    public Output open(Path file) throws IOException {
        Output output = disk.open(file);
        Node node = nodes.computeIfAbsent(file, path -> new Node(false));
        parent(file).namings.add(new Naming(StoreFolder.name(file), node));
        return new Output() {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                byte[] copy = new byte[bytes.remaining()];
                bytes.duplicate().get(copy);
                output.write(bytes, position);
                byte[] grown = Arrays.copyOf(node.bytes, (int) Math.max(node.bytes.length, position + copy.length));
                System.arraycopy(copy, 0, grown, (int) position, copy.length);
                node.bytes = grown;
                node.writes.add(new Write(position, copy));
            }

            @Override
            public void truncate(long size) throws IOException {
                output.truncate(size);
                if (size < node.bytes.length) {
                    node.bytes = Arrays.copyOf(node.bytes, (int) size);
                    node.writes.add(new Write(size, null));
                }
            }

            @Override
            public void sync() throws IOException {
                output.sync();
                node.durableBytes = node.bytes;
                node.writes.clear();
            }

            @Override
            public void close() throws IOException {
                output.close();
            }
        };
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        disk.createDirectory(directory);
        if (!nodes.containsKey(directory)) {
            Node made = new Node(true);
            nodes.put(directory, made);
            parent(directory).namings.add(new Naming(StoreFolder.name(directory), made));
        }
    }

    @Override
    public void protect(Path file) throws IOException {
        disk.protect(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        disk.move(from, to);
        Node moved = node(from);
        nodes.remove(from);
        nodes.put(to, moved);
        parent(from).namings.add(new Naming(StoreFolder.name(from), null));
        parent(to).namings.add(new Naming(StoreFolder.name(to), moved));
    }

    @Override
    public void delete(Path file) throws IOException {
        disk.delete(file);
        if (nodes.remove(file) != null) {
            parent(file).namings.add(new Naming(StoreFolder.name(file), null));
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        disk.syncDirectory(directory);
        Node node = nodes.get(directory);
        if (node != null) {
            node.namings.forEach(naming -> apply(naming, node.durableNames));
            node.namings.clear();
        }
    }

    private static void apply(Naming naming, Map<String, Node> names) {
        if (naming.node() == null) {
            names.remove(naming.name());
        } else {
            names.put(naming.name(), naming.node());
        }
    }

    /** Writes what a power cut may leave into an empty folder. */
    void cut(Path to, Random random) throws IOException {
        write(node(root), to, random);
    }

    private static void write(Node folder, Path to, Random random) throws IOException {
        Files.createDirectories(to);
        Map<String, Node> names = new TreeMap<>(folder.durableNames);
        double lost = random.nextDouble();
        for (Naming naming : folder.namings) {
            if (random.nextDouble() >= lost) {
                apply(naming, names);
            }
        }
        for (Map.Entry<String, Node> entry : names.entrySet()) {
            Path path = to.resolve(entry.getKey());
            if (entry.getValue().folder) {
                write(entry.getValue(), path, random);
            } else {
                Files.write(path, content(entry.getValue(), random));
            }
        }
    }

    private static byte[] content(Node file, Random random) {
        byte[] bytes = file.durableBytes;
        double lost = random.nextDouble();
        for (Write write : file.writes) {
            if (random.nextDouble() >= lost) {
                bytes = write.applyTo(bytes, random);
            }
        }
        return bytes;
    }
}
