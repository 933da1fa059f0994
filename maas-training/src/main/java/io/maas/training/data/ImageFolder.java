package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Images in a folder that has a subfolder for each class: PNG, JPEG and BMP, of any sizes, brought to one. Classes are numbered in
 * the order of their names. The pixels lie in memory while they are few, else in a mapped temporary file, one byte each.
 *
 * <p>Immutable and thread-safe; nothing to close.
 */
public final class ImageFolder {
    private final List<Path> files;
    private final List<String> classes;
    private final Storage pixels;
    private final Storage labels;

    private ImageFolder(List<Path> files, List<String> classes, Storage pixels, Storage labels) {
        this.files = List.copyOf(files);
        this.classes = List.copyOf(classes);
        this.pixels = pixels;
        this.labels = labels;
    }

    /**
     * Decodes all images, one after the other. Where an axis shrinks, a pixel is the mean of the area that it takes in the original;
     * where it grows, it lies on the straight line between its two neighbours. The proportions are not kept. Transparent pixels are
     * laid over white; grey is 0.299 red + 0.587 green + 0.114 blue. Files and folders whose names begin with a point are ignored.
     *
     * @throws IOException if a file cannot be read, or the disk is full
     * @throws InvalidInputException if there are fewer than two classes, a class has no image, a file is no image (unless
     *     those are passed over), cannot be decoded, or has too many pixels; the message names the file
     */
    public static ImageFolder read(Path folder, ImageOptions options) throws IOException {
        List<Path> folders = list(folder).stream().filter(Files::isDirectory).toList();
        if (folders.size() < 2) {
            throw new InvalidInputException(folder + ": " + folders.size()
                    + " subfolders (expected: one for each class, at least two); put the images of each class into a folder of their"
                    + " own");
        }
        List<Path> files = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        for (int label = 0; label < folders.size(); label++) {
            List<Path> images = images(folders.get(label), options);
            files.addAll(images);
            for (int i = 0; i < images.size(); i++) {
                labels.add((long) label);
            }
        }
        List<String> classes = folders.stream().map(ImageFolder::name).toList();
        Tensor targets = Tensor.of(labels.stream().mapToLong(label -> label).toArray());
        return new ImageFolder(files, classes, decode(files, options), new FixedRows(targets));
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /** What is in a folder, in the order of the names, whatever the file system's. */
    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(each -> !name(each).startsWith("."))
                    .sorted((a, b) -> name(a).compareTo(name(b)))
                    .toList();
        }
    }

    private static List<Path> images(Path folder, ImageOptions options) throws IOException {
        List<Path> images = new ArrayList<>();
        for (Path file : list(folder)) {
            if (Files.isRegularFile(file) && ImageFile.isImage(file)) {
                images.add(file);
            } else if (!options.skipping()) {
                throw new InvalidInputException(
                        file + ": no image (expected: PNG, JPEG or BMP); remove it, or pass over such files"
                                + " with ImageOptions.skippingOthers()");
            }
        }
        if (images.isEmpty()) {
            throw new InvalidInputException(
                    folder + ": no images (expected: at least one for each class); remove the folder");
        }
        return images;
    }

    private static Storage decode(List<Path> files, ImageOptions options) throws IOException {
        Shape shape = Shape.of(files.size(), options.channels(), options.height(), options.width());
        ByteBuffer image = StoredRows.buffer(shape.elementsPerRow());
        try (StoredRows rows = new StoredRows(DataType.UINT8, shape)) {
            for (Path file : files) {
                ImageFile.read(file, options, image.clear());
                rows.append(image.flip());
            }
            return rows.finish();
        }
    }

    /** The number of images. */
    public int rows() {
        return files.size();
    }

    /** The names of the classes: that of index 0 first. */
    public List<String> classes() {
        return classes;
    }

    /** The files in the order of the rows: by class, and by name within a class. */
    public List<Path> files() {
        return files;
    }

    /** Images {@code [from, to)} as they are stored: uint8 {@code [to - from, channels, height, width]}, from 0 to 255. */
    public Tensor pixels(int from, int to) {
        Require.that(0 <= from && from <= to && to <= rows(), "rows", from + ".." + to, "a range within 0.." + rows());
        return pixels.slice(from, to);
    }

    /** The class of each image, int64 {@code [rows]}. */
    public Tensor labels() {
        return labels.slice(0, rows());
    }

    /**
     * Examples to learn from: features float32 {@code [rows, channels, height, width]}, from 0 to 1, and classes int64
     * {@code [rows]}. The pixels stay bytes where they lie; they become numbers batch by batch.
     */
    public Dataset dataset() {
        return Dataset.of(new ScaledPixels(pixels), labels);
    }

    /** Such as {@code 60 images in 3 classes: uint8[60, 3, 32, 32]}. */
    @Override
    public String toString() {
        return rows() + " images in " + classes.size() + " classes: uint8" + pixels.shape(rows());
    }
}
