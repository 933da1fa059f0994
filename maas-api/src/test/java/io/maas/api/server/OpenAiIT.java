package io.maas.api.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.Embedding;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.security.AuthenticationException;
import io.maas.api.security.Grant;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenAI's own client and LangChain4j's get embeddings, and others clear errors. */
class OpenAiIT {
    private static Service service;
    private static RawHttp http;
    private static OpenAIClient client;

    @BeforeAll
    static void start() {
        service = Service.start(ServerOptions.defaults().withAuthenticator(credentials -> {
            if (credentials.bearer() == null) {
                return Optional.empty();
            }
            if (credentials.bearer().equals("key")) {
                return Optional.of(Principal.of("anna", Role.INFER));
            }
            if (credentials.bearer().equals("other")) {
                return Optional.of(new Principal(
                        "otto", com.google.common.collect.ImmutableSet.of(new Grant(Role.INFER, "other"))));
            }
            throw new AuthenticationException("no such key");
        }));
        service.serve("words", Models.words());
        service.serve("affine", Models.affine(0));
        http = new RawHttp(service.uri());
        client = client("key");
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(service.uri() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        service.close();
    }

    private static EmbeddingCreateParams.Builder words() {
        return EmbeddingCreateParams.builder().model("words");
    }

    private static List<List<Float>> values(CreateEmbeddingResponse response) {
        return response.data().stream().map(Embedding::embedding).toList();
    }

    @Test
    void theOfficialClientGetsEmbeddingsInBothFormats() {
        CreateEmbeddingResponse floats = client.embeddings()
                .create(words().inputOfArrayOfStrings(List.of("good", "good bad", ""))
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());
        assertThat(values(floats)).containsExactly(List.of(1f, 0f, 0f), List.of(0.6f, 0.8f, 0f), List.of(0f, 0f, 0f));
        assertThat(floats.data()).extracting(Embedding::index).containsExactly(0L, 1L, 2L);
        assertThat(floats.usage().promptTokens()).isEqualTo(3);
        assertThat(floats.model()).isEqualTo("words");

        CreateEmbeddingResponse bytes = client.embeddings()
                .create(words().inputOfArrayOfStrings(List.of("good", "good bad", ""))
                        .build());
        assertThat(values(bytes)).isEqualTo(values(floats));
    }

    @Test
    void tokensAreTakenInPlaceOfTexts() {
        CreateEmbeddingResponse one = client.embeddings()
                .create(words().inputOfArrayOfTokens(List.of(2L, 3L)).build());
        assertThat(values(one)).containsExactly(List.of(0.6f, 0.8f, 0f));
        CreateEmbeddingResponse two = client.embeddings()
                .create(words().inputOfArrayOfTokenArrays(List.of(List.of(2L), List.of(2L, 3L)))
                        .build());
        assertThat(values(two)).containsExactly(List.of(1f, 0f, 0f), List.of(0.6f, 0.8f, 0f));
    }

    @Test
    void fewerDimensionsAreAsLongAsAll() {
        CreateEmbeddingResponse two = client.embeddings()
                .create(words().input("good strange").dimensions(1).build());
        assertThat(two.data().get(0).embedding()).hasSize(1);
        assertThat(two.data().get(0).embedding().get(0)).isCloseTo(1f, within(1e-6f));
    }

    @Test
    void manyTextsComeBackInTheirOrder() {
        List<String> texts = IntStream.range(0, 300)
                .mapToObj(i -> i % 3 == 0 ? "good" : "bad ".repeat(1 + i % 5))
                .toList();
        List<List<Float>> all = values(
                client.embeddings().create(words().inputOfArrayOfStrings(texts).build()));
        for (int i = 0; i < texts.size(); i++) {
            assertThat(all.get(i)).isEqualTo(i % 3 == 0 ? List.of(1f, 0f, 0f) : List.of(0f, 1f, 0f));
        }
    }

    @Test
    void modelsWithATokenizerAreListed() {
        assertThat(client.models().list().data()).extracting(Model::id).containsExactly("words");
        assertThat(client.models().retrieve("words").ownedBy()).isEqualTo("maas");
        assertThatThrownBy(() -> client.models().retrieve("affine")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void langChainGetsEmbeddings() {
        OpenAiEmbeddingModel model = OpenAiEmbeddingModel.builder()
                .baseUrl(service.uri() + "/v1")
                .apiKey("key")
                .modelName("words")
                .build();
        assertThat(model.embed("good bad").content().vector()).containsExactly(0.6f, 0.8f, 0f);
        var all = model.embedAll(List.of(TextSegment.from("good"), TextSegment.from("bad")));
        assertThat(all.content().get(1).vector()).containsExactly(0f, 1f, 0f);
        assertThat(Objects.requireNonNull(all.tokenUsage()).inputTokenCount()).isEqualTo(2);
    }

    @Test
    void keysCount() throws Exception {
        assertThatThrownBy(() -> client("wrong").models().list())
                .isInstanceOf(com.openai.errors.UnauthorizedException.class);
        assertThatThrownBy(() -> client("other")
                        .embeddings()
                        .create(words().input("good").build()))
                .isInstanceOf(NotFoundException.class);
        assertThat(client("other").models().list().data()).isEmpty();
        HttpResponse<String> none = http.get("/v1/models");
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.body()).startsWith("{\"error\":{\"message\":\"not authenticated");
    }

    @Test
    void aModelWithoutATokenizerIsNotThere() throws Exception {
        HttpResponse<String> response = http.send(
                "POST", "/v1/embeddings", "{\"model\":\"affine\",\"input\":\"a\"}", "Authorization", "Bearer key");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("turns no texts into embeddings");
    }

    @Test
    void bodiesAndAnswersMayBePacked() throws Exception {
        byte[] packed = Compression.encode("gzip", "{\"model\":\"words\",\"input\":\"good\"}".getBytes(UTF_8));
        HttpRequest request = HttpRequest.newBuilder(service.uri().resolve("/v1/embeddings"))
                .headers("Authorization", "Bearer key", "Content-Encoding", "gzip", "Accept-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(packed))
                .build();
        HttpResponse<byte[]> response = HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(new String(Compression.decode("gzip", response.body(), 10_000), UTF_8))
                .contains("\"object\":\"embedding\"");
    }

    @Test
    void patienceIsTakenFromHeaders() throws Exception {
        String body = "{\"model\":\"words\",\"input\":\"good\"}";
        assertThat(http.send("POST", "/v1/embeddings", body, "Authorization", "Bearer key", "Grpc-Timeout", "1n")
                        .statusCode())
                .isEqualTo(504);
        assertThat(http.send("POST", "/v1/embeddings", body, "Authorization", "Bearer key", "Grpc-Timeout", "soon")
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                          | 400 | input is missing",
                "{\"model\":\"words\",\"input\":[]}          | 400 | input is empty (expected: at least one text)",
                "{\"model\":\"words\",\"input\":7}           | 400 | input is of the wrong kind (expected: an array)",
                "{\"model\":\"words\",\"input\":[[]]}        | 400 | input has a text without tokens (expected: at least one)",
                "{\"model\":\"words\",\"input\":[\"a\",[1]]} | 400 | input is of the wrong kind (expected: a text, texts, the tokens"
                        + " of a text, or those of several)",
                "{\"model\":\"words\",\"input\":[-1]}        | 400 | input has token -1 (expected: 0 <= token < 2^31)",
                "{\"model\":\"words\",\"input\":[4000]}      | 400 | input holds tokens that the model does not know, or more than"
                        + " it takes of one text (expected: those of its own tokenizer, no more than its length)",
                "{\"model\":\"words\",\"input\":[\"a\",\"\\ud800\"]} | 400 | input has half of a character, a surrogate alone"
                        + " (expected: Unicode)",
                "{\"model\":\"words\",\"input\":\"a\",\"dimensions\":4} | 400 | dimensions is 4 (expected: at most 3, which is what"
                        + " the model gives)",
                "{\"model\":\"words\",\"input\":\"a\",\"encoding_format\":\"hex\"} | 400 | encoding_format is unknown (expected: float"
                        + " or base64)",
            })
    void whatIsWrongIsSaidInOpenAisForm(String body, int status, String message) throws Exception {
        HttpResponse<String> response = http.send("POST", "/v1/embeddings", body, "Authorization", "Bearer key");
        assertThat(response.body())
                .startsWith("{\"error\":{\"message\":\"" + message + "\",\"type\":\"invalid_request_error\"");
        assertThat(response.statusCode()).isEqualTo(status);
    }
}
