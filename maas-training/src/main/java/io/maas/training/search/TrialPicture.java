package io.maas.training.search;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

record TrialPicture(Space space, Goal goal, List<Entry> entries) {
    void write(Path png) throws IOException {
        throw new IOException(png.toString());
    }
}
