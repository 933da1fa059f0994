package io.maas.registry;

import io.maas.storage.ForwardingStorage;
import io.maas.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A disk that forgets at a power cut what was not synchronised: of each file's writes since its last synchronisation any
 * may be lost, torn, or have holes in which old bytes or junk stand; of each folder's new, renamed and removed names any may be
 * lost, independently of each other, so that a file can have its new name before its bytes. No order is kept but that of the
 * names in one folder.
 *
 * <p>Bytes whose synchronisation failed stay visible and are never written by a later one, as under Linux, which marks their
 * pages clean: only writing them again helps.
 *
 * @see "Rebello et al., Can Applications Recover from fsync Failures? (USENIX ATC 2020)"
 */
final class LosingStorage extends ForwardingStorage {
    private final Path root;
    private final Random luck;
    private final Map<Path, Node> nodes = new HashMap<>();

    /** A file or folder, whatever its name. */
    private static final class Node {
        final boolean folder;
        byte[] durableBytes = new byte[0];
        final List<Write> writes = new ArrayList<>();
        final Map<String, Node> durableNames = new LinkedHashMap<>();
        final List<Naming> namings = new ArrayList<>();

        Node(boolean folder) {
            this.folder = folder;
        }

        /** The bytes that a power cut would leave. */
        byte[] rest(Random random) {
            byte[] rest = durableBytes;
            double lost = random.nextDouble();
            for (Write write : writes) {
                if (random.nextDouble() >= lost) {
                    rest = write.torn(rest, random);
                }
            }
            return rest;
        }
    }

    /** Bytes at a position; without bytes a truncation to it. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Write(long position, byte @Nullable [] bytes) {
        /** Far smaller than a disk's, as our files are. */
        private static final int SECTOR = 64;

        byte[] applyTo(byte[] old) {
            if (bytes == null) {
                return Arrays.copyOf(old, (int) Math.min(old.length, position));
            }
            byte[] changed = Arrays.copyOf(old, Math.max(old.length, (int) position + bytes.length));
            System.arraycopy(bytes, 0, changed, (int) position, bytes.length);
            return changed;
        }

        /** Whole, cut off somewhere, or with sectors that were not written although the file has its length. */
        byte[] torn(byte[] old, Random random) {
            if (bytes == null || random.nextBoolean()) {
                return applyTo(old);
            }
            if (random.nextBoolean()) {
                return new Write(position, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1))).applyTo(old);
            }
            byte[] changed = applyTo(old);
            for (int start = 0; start < bytes.length; start += SECTOR) {
                if (random.nextBoolean()) {
                    for (int at = start; at < Math.min(start + SECTOR, bytes.length); at++) {
                        int in = (int) position + at;
                        changed[in] = in < old.length ? old[in] : (byte) (random.nextBoolean() ? 0 : random.nextInt());
                    }
                }
            }
            return changed;
        }
    }

    /** A name that from now on means a node, or nothing. */
    private record Naming(String name, @Nullable Node node) {}

    /** @param luck decides what of the bytes whose synchronisation failed is on the disk nevertheless */
    LosingStorage(Storage disk, Path root, Random luck) {
        super(disk);
        this.root = root;
        this.luck = luck;
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
        Output output = super.open(file);
        Node node = nodes.computeIfAbsent(file, path -> new Node(false));
        parent(file).namings.add(new Naming(StoreFolder.name(file), node));
        return new ForwardingOutput(output) {
            @Override
            public void write(ByteBuffer bytes, long position) throws IOException {
                byte[] copy = new byte[bytes.remaining()];
                bytes.duplicate().get(copy);
                super.write(bytes, position);
                node.writes.add(new Write(position, copy));
            }

            @Override
            public void truncate(long size) throws IOException {
                super.truncate(size);
                node.writes.add(new Write(size, null));
            }

            @Override
            public void sync() throws IOException {
                try {
                    super.sync();
                    node.writes.forEach(write -> node.durableBytes = write.applyTo(node.durableBytes));
                } catch (IOException e) {
                    node.durableBytes = node.rest(luck);
                    throw e;
                } finally {
                    node.writes.clear();
                }
            }
        };
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        super.createDirectory(directory);
        if (!nodes.containsKey(directory)) {
            Node made = new Node(true);
            nodes.put(directory, made);
            parent(directory).namings.add(new Naming(StoreFolder.name(directory), made));
        }
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        super.move(from, to);
        Node moved = node(from);
        nodes.remove(from);
        nodes.put(to, moved);
        parent(from).namings.add(new Naming(StoreFolder.name(from), null));
        parent(to).namings.add(new Naming(StoreFolder.name(to), moved));
    }

    @Override
    public void delete(Path file) throws IOException {
        super.delete(file);
        if (nodes.remove(file) != null) {
            parent(file).namings.add(new Naming(StoreFolder.name(file), null));
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        super.syncDirectory(directory);
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
        Map<String, Node> names = new LinkedHashMap<>(folder.durableNames);
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
                Files.write(path, entry.getValue().rest(random));
            }
        }
    }
}
