package io.maas.api.server;

import io.maas.api.wire.CallParameters;
import io.maas.api.wire.InferCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.Message;
import io.maas.api.wire.RequestedOutput;
import io.maas.error.DeadlineExceededException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Runs a model: from the bytes of a request to the bytes of the answer. */
final class InferRoute implements Endpoint {
    private static final String STICKY_KEY = "X-Sticky-Key";

    /** How much longer a byte takes as text, and compressed, than copied. */
    private static final int WORDS = 32;

    private static final int DEFLATING = 8;

    private final Catalog catalog;
    private final int maxBodyBytes;
    private final InferCodec codec = new InferCodec();

    InferRoute(Catalog catalog, int maxBodyBytes) {
        this.catalog = catalog;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** A request together with the model it is for, and when it came. */
    private record Call(Model model, InferRequest request, long start) {
        /** As the model is to see it: what was spent on the way is not there any more. */
        CallParameters parameters() {
            Duration timeout = request.parameters().timeout();
            if (timeout == null) {
                return request.parameters();
            }
            Duration left = timeout.minusNanos(System.nanoTime() - start);
            if (left.isNegative() || left.isZero()) {
                throw new DeadlineExceededException("deadline of a request to model " + model.name()
                        + " passed before it was read; allow more time, or send less");
            }
            return request.parameters().withTimeout(left);
        }
    }

    @Override
    public Future<Reply> answer(Exchange exchange) {
        long start = System.nanoTime();
        return exchange.body(maxBodyBytes)
                .compose(body -> decode(exchange, body, start))
                .compose(call -> predict(exchange, call));
    }

    private Future<Call> decode(Exchange exchange, byte[] body, long start) {
        String name = exchange.path("model");
        String reference = exchange.context().pathParam("version");
        @Nullable String header = exchange.request().getHeader(Message.HEADER);
        int quick = header == null ? Work.LONG_FROM_BYTES : Work.LONG_FROM_BINARY_BYTES;
        boolean isLong = body.length >= quick || Catalog.isAlias(reference);
        return exchange.work(isLong, () -> {
            Integer version = catalog.number(name, reference);
            Model model = catalog.model(name, version);
            InferRequest request = read(model, header, body);
            CallParameters parameters = request.parameters().within(Deadlines.of(exchange));
            @Nullable String key = exchange.header(STICKY_KEY).orElse(null);
            if (key != null) {
                parameters = parameters.withKey(CallParameters.key(STICKY_KEY, key));
            }
            return new Call(model, request.with(parameters), start);
        });
    }

    private InferRequest read(Model model, @Nullable String header, byte[] body) {
        if (header == null) {
            return codec.readRequest(body);
        }
        Message message = Message.of(body, header);
        return message.headerLength() == 0
                ? InferRequest.of(
                        RawRequest.inputs(model.signature(), body),
                        CallParameters.none().withBinaryOutput(true))
                : codec.readRequest(message);
    }

    private Future<Reply> predict(Exchange exchange, Call call) {
        CompletableFuture<Prediction> answer = call.model.predictAsync(
                call.request.inputs(),
                call.parameters().options(exchange.principal().name()).withExecutor(Work.loop(exchange.vertx())));
        return exchange.await(answer).compose(prediction -> encode(exchange, call, prediction));
    }

    private Future<Reply> encode(Exchange exchange, Call call, Prediction prediction) {
        InferRequest request = call.request;
        @Nullable String encoding = Compression.choose(exchange.request().getHeader(HttpHeaders.ACCEPT_ENCODING));
        boolean isLong = isLong(request, prediction.outputs(), encoding != null) || request.wantsClasses();
        return exchange.work(isLong, () -> {
            Tensors outputs = request.select(prediction.outputs());
            if (request.wantsClasses()) {
                outputs = classified(catalog, call.model, request, prediction.version(), outputs);
            }
            Message message = codec.writeResponse(
                    new InferResponse(prediction.model(), prediction.version(), request.id(), outputs),
                    request::wantsBinary);
            return reply(message).encoded(encoding);
        });
    }

    /** The outputs that were asked for, in words where they were asked for in words; may read files. */
    static Tensors classified(Catalog catalog, Model model, InferRequest request, int version, Tensors outputs) {
        List<String> labels = catalog.labels(model.name(), version);
        boolean rows = model.signature().isStackable();
        List<Tensors.Entry> entries = new ArrayList<>();
        for (RequestedOutput output : request.outputs()) {
            Tensor tensor = outputs.get(output.name());
            entries.add(new Tensors.Entry(
                    output.name(),
                    output.classes() == 0
                            ? tensor
                            : Classification.of(output.name(), tensor, output.classes(), rows, labels)));
        }
        return Tensors.copyOf(entries);
    }

    private static Reply reply(Message message) {
        Reply reply = Reply.of(200, message.isBinary() ? Reply.BYTES : Reply.JSON, message.bytes());
        return message.isBinary() ? reply.withHeader(Message.HEADER, Integer.toString(message.headerLength())) : reply;
    }

    /** Whether outputs take long to write: numbers take longer to put into words than to copy. */
    private static boolean isLong(InferRequest request, Tensors outputs, boolean isCompressed) {
        long bytes = 0;
        for (Tensors.Entry entry : outputs) {
            bytes += entry.tensor().byteSize() * (request.wantsBinary(entry.name()) ? 1 : WORDS);
        }
        return bytes * (isCompressed ? DEFLATING : 1) >= Work.LONG_FROM_BINARY_BYTES;
    }
}
