package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The map by which the runtime wants its tensors, made once: from run to run only the values of some entries change.
 * Entries may be shared with other maps.
 */
final class Bindings extends AbstractMap<String, OnnxTensor> {
    private final Entry[] entries;
    private final Set<Map.Entry<String, OnnxTensor>> view = new View();

    Bindings(Entry[] entries) {
        this.entries = entries;
    }

    /** A name with the tensor that stands for it at present. */
    static final class Entry extends SimpleEntry<String, OnnxTensor> {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("NullAway") // Every entry gets its value before a run.
        Entry(String name) {
            super(name, null);
        }

        Entry(String name, OnnxTensor tensor) {
            super(name, tensor);
        }

        @SuppressWarnings("NullAway") // As above.
        void clear() {
            setValue(null);
        }
    }

    @Override
    public int size() {
        return entries.length;
    }

    @Override
    public Set<Map.Entry<String, OnnxTensor>> entrySet() {
        return view;
    }

    private final class View extends AbstractSet<Map.Entry<String, OnnxTensor>> {
        @Override
        public int size() {
            return entries.length;
        }

        @Override
        public Iterator<Map.Entry<String, OnnxTensor>> iterator() {
            return new Cursor(entries);
        }
    }

    private static final class Cursor implements Iterator<Map.Entry<String, OnnxTensor>> {
        private final Entry[] entries;
        private int next;

        Cursor(Entry[] entries) {
            this.entries = entries;
        }

        @Override
        public boolean hasNext() {
            return next < entries.length;
        }

        @Override
        public Map.Entry<String, OnnxTensor> next() {
            if (next == entries.length) {
                throw new NoSuchElementException();
            }
            return entries[next++];
        }
    }
}
