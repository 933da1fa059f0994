package io.maas.training.loop;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.maas.storage.Storage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors and texts in one file of the safetensors format: the length of a JSON header as 8 bytes, the header, and the tensors' bytes
 * one behind the other. It holds data alone, and other tools read it.
 *
 * @see "https://huggingface.co/docs/safetensors, section Format"
 */
final class SafeTensors {
    private static final String METADATA = "__metadata__";
    /** That of the format. */
    private static final int MAX_HEADER = 100_000_000;

    private static final int CHUNK = 1 << 20;
    private static final Map<DataType, String> NAMES = ImmutableMap.<DataType, String>builder()
            .put(DataType.BOOL, "BOOL")
            .put(DataType.UINT8, "U8")
            .put(DataType.INT8, "I8")
            .put(DataType.UINT16, "U16")
            .put(DataType.INT16, "I16")
            .put(DataType.UINT32, "U32")
            .put(DataType.INT32, "I32")
            .put(DataType.UINT64, "U64")
            .put(DataType.INT64, "I64")
            .put(DataType.FLOAT16, "F16")
            .put(DataType.BFLOAT16, "BF16")
            .put(DataType.FLOAT32, "F32")
            .put(DataType.FLOAT64, "F64")
            .buildOrThrow();

    private SafeTensors() {}

    /** What a file holds. */
    record Content(Map<String, String> texts, Tensors tensors) {
        Content {
            texts = ImmutableMap.copyOf(texts);
        }
    }

    /**
     * Writes a file from its beginning.
     *
     * @return the SHA-256 of all its bytes in hex
     */
    static String write(Storage.Output output, Content content) throws IOException {
        byte[] header = header(content);
        Hasher hasher = Hashing.sha256().newHasher();
        ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        length.putLong(0, header.length);
        long at = append(output, hasher, length, 0);
        at = append(output, hasher, ByteBuffer.wrap(header), at);
        for (Tensors.Entry entry : content.tensors()) {
            at = append(output, hasher, entry.tensor().bytes(), at);
        }
        return hasher.hash().toString();
    }

    private static long append(Storage.Output output, Hasher hasher, ByteBuffer bytes, long at) throws IOException {
        long position = at;
        while (bytes.hasRemaining()) {
            ByteBuffer chunk = bytes.slice(bytes.position(), Math.min(CHUNK, bytes.remaining()));
            hasher.putBytes(chunk.duplicate());
            bytes.position(bytes.position() + chunk.remaining());
            int size = chunk.remaining();
            output.write(chunk, position);
            position += size;
        }
        return position;
    }

    private static byte[] header(Content content) throws IOException {
        Struct.Builder header = Struct.newBuilder();
        Struct.Builder texts = Struct.newBuilder();
        content.texts()
                .forEach((key, text) -> texts.putFields(
                        key, Value.newBuilder().setStringValue(text).build()));
        header.putFields(METADATA, Value.newBuilder().setStructValue(texts).build());
        long at = 0;
        for (Tensors.Entry entry : content.tensors()) {
            Tensor tensor = entry.tensor();
            header.putFields(entry.name(), place(tensor, at));
            at += tensor.byteSize();
        }
        String json = JsonFormat.printer().omittingInsignificantWhitespace().print(header);
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        // Spaces behind the header align the tensors, as the format allows.
        byte[] aligned = Arrays.copyOf(bytes, (bytes.length + 7) / 8 * 8);
        Arrays.fill(aligned, bytes.length, aligned.length, (byte) ' ');
        return aligned;
    }

    private static Value place(Tensor tensor, long at) {
        ListValue.Builder shape = ListValue.newBuilder();
        for (long size : tensor.shape().toArray()) {
            shape.addValues(number(size));
        }
        ListValue.Builder offsets =
                ListValue.newBuilder().addValues(number(at)).addValues(number(at + tensor.byteSize()));
        return Value.newBuilder()
                .setStructValue(Struct.newBuilder()
                        .putFields(
                                "dtype",
                                Value.newBuilder()
                                        .setStringValue(NAMES.getOrDefault(tensor.dataType(), ""))
                                        .build())
                        .putFields(
                                "shape", Value.newBuilder().setListValue(shape).build())
                        .putFields(
                                "data_offsets",
                                Value.newBuilder().setListValue(offsets).build()))
                .build();
    }

    private static Value number(long value) {
        return Value.newBuilder().setNumberValue((double) value).build();
    }

    // ---- reading

    /** Where a tensor lies. */
    private record Place(String name, DataType type, Shape shape, long from, long to) {}

    /**
     * Reads a whole file.
     *
     * @throws IOException if it cannot be read, or is not of this format
     */
    static Content read(InputStream in) throws IOException {
        ByteBuffer length = ByteBuffer.wrap(fill(in, new byte[Long.BYTES])).order(ByteOrder.LITTLE_ENDIAN);
        long size = length.getLong();
        if (size < 0 || size > MAX_HEADER) {
            throw new IOException("header of " + size + " bytes");
        }
        Struct header = parse(fill(in, new byte[(int) size]));
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Place place : places(header)) {
            tensors.put(place.name, tensor(in, place));
        }
        Map<String, String> texts = new LinkedHashMap<>();
        header.getFieldsOrDefault(METADATA, Value.getDefaultInstance())
                .getStructValue()
                .getFieldsMap()
                .forEach((key, value) -> texts.put(key, value.getStringValue()));
        return new Content(texts, Tensors.copyOf(tensors));
    }

    private static byte[] fill(InputStream in, byte[] bytes) throws IOException {
        if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
            throw new EOFException("it ends early");
        }
        return bytes;
    }

    private static Struct parse(byte[] header) throws IOException {
        Struct.Builder struct = Struct.newBuilder();
        try {
            JsonFormat.parser().merge(new String(header, StandardCharsets.UTF_8), struct);
        } catch (InvalidProtocolBufferException e) {
            throw new IOException("its header is not JSON", e);
        }
        return struct.build();
    }

    /** All tensors in the order of the file. */
    private static List<Place> places(Struct header) throws IOException {
        List<Place> places = new ArrayList<>();
        for (Map.Entry<String, Value> field : header.getFieldsMap().entrySet()) {
            if (!field.getKey().equals(METADATA)) {
                places.add(
                        place(field.getKey(), field.getValue().getStructValue().getFieldsMap()));
            }
        }
        places.sort(Comparator.comparingLong(Place::from).thenComparingLong(Place::to));
        long at = 0;
        for (Place place : places) {
            if (place.from != at || place.to - place.from != place.shape.elements() * place.type.byteSize()) {
                throw new IOException("tensor " + place.name + " lies at " + place.from + ".." + place.to);
            }
            at = place.to;
        }
        return places;
    }

    private static Place place(String name, Map<String, Value> fields) throws IOException {
        Value none = Value.getDefaultInstance();
        String type = fields.getOrDefault("dtype", none).getStringValue();
        long[] sizes = numbers(fields.getOrDefault("shape", none));
        long[] offsets = numbers(fields.getOrDefault("data_offsets", none));
        for (Map.Entry<DataType, String> known : NAMES.entrySet()) {
            if (known.getValue().equals(type) && offsets.length == 2) {
                return new Place(name, known.getKey(), Shape.of(sizes), offsets[0], offsets[1]);
            }
        }
        throw new IOException("tensor " + name + " is of type \"" + type + "\"");
    }

    private static long[] numbers(Value list) {
        return list.getListValue().getValuesList().stream()
                .mapToLong(value -> (long) value.getNumberValue())
                .toArray();
    }

    private static Tensor tensor(InputStream in, Place place) throws IOException {
        ByteBuffer memory = Tensor.newMemory(place.to - place.from);
        byte[] chunk = new byte[(int) Math.min(CHUNK, place.to - place.from)];
        for (long left = place.to - place.from; left > 0; ) {
            int size = (int) Math.min(chunk.length, left);
            if (in.readNBytes(chunk, 0, size) < size) {
                throw new EOFException("it ends early");
            }
            memory.put(chunk, 0, size);
            left -= size;
        }
        memory.flip();
        return Tensor.wrap(place.type, place.shape, memory);
    }
}
