package io.maas.foreign;

import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder that may come from anybody: names in its files stay in it, and links lead nowhere. */
record Folder(Path path) {
    /** Far above any description of a model. */
    private static final int MAX_TEXT = 1 << 20;

    String name() {
        return String.valueOf(path.toAbsolutePath().normalize().getFileName());
    }

    /**
     * A file that the folder's own files name.
     *
     * @throws ArtifactRejectedException if the name is more than a plain name, or there is no such plain file
     */
    Path file(String name) {
        if (!isPlain(name)) {
            throw new ArtifactRejectedException("file " + Require.quote(name) + " in " + path
                    + " is refused (expected: a name of letters, digits and . _ - alone); rename it");
        }
        Path file = path.resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new ArtifactRejectedException(
                    "no file " + name + " in " + path + " (expected: a plain file, no link); put it there");
        }
        return file;
    }

    private static boolean isPlain(String name) {
        try {
            Require.name(name, "file");
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    boolean has(String name) {
        return Files.isRegularFile(path.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    String text(String name) throws IOException {
        try (InputStream in = Files.newInputStream(file(name))) {
            byte[] bytes = in.readNBytes(MAX_TEXT + 1);
            if (bytes.length > MAX_TEXT) {
                throw new ArtifactRejectedException("file " + name + " in " + path + " is refused: more than "
                        + MAX_TEXT + " bytes (expected: a text)");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ArtifactRejectedException(
                    "file " + name + " in " + path + " is refused: no UTF-8 (expected: a text)", e);
        }
    }

    /** What lies in it, sorted. */
    List<Path> list() throws IOException {
        try (Stream<Path> paths = Files.list(path)) {
            return paths.sorted().toList();
        }
    }
}
