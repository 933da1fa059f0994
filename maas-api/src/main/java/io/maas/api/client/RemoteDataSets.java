package io.maas.api.client;

import io.maas.api.wire.DataSetInfo;
import io.maas.api.wire.DataSetList;
import io.maas.api.wire.Documents;
import java.io.FileNotFoundException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The data sets of a server. Every method throws {@link io.maas.error.ModelNotFoundException} for an id that is not there, {@link
 * IllegalStateException} where a job needs it, and {@link io.maas.error.MaasException} where the network or the server failed.
 *
 * <p>Thread-safe; works as long as its client is open.
 */
public final class RemoteDataSets {
    private static final String PATH = "/api/datasets";

    private final Rest rest;
    private final Transport transport;

    RemoteDataSets(Rest rest) {
        this.rest = rest;
        this.transport = rest.transport();
    }

    /**
     * Uploads a file of CSV.
     *
     * @param settings how it is to be read, such as {@code separator -> ;}; see {@code docs/training-jobs.md}
     * @throws io.maas.error.InvalidInputException if a row is broken; the message names its line
     */
    public DataSetInfo uploadCsv(String name, Path file, Map<String, String> settings) throws FileNotFoundException {
        return upload(name, "text/csv", BodyPublishers.ofFile(file), settings);
    }

    /** Uploads a file of JSON lines, as {@link #uploadCsv}. */
    public DataSetInfo uploadJsonLines(String name, Path file, Map<String, String> settings)
            throws FileNotFoundException {
        return upload(name, "application/jsonl", BodyPublishers.ofFile(file), settings);
    }

    /** Uploads CSV that is in memory. */
    public DataSetInfo uploadCsv(String name, String content) {
        return upload(name, "text/csv", BodyPublishers.ofString(content), Map.of());
    }

    private DataSetInfo upload(String name, String type, BodyPublisher body, Map<String, String> settings) {
        String more = settings.entrySet().stream()
                .map(each -> "&" + Rest.part(each.getKey()) + "=" + Rest.part(each.getValue()))
                .collect(Collectors.joining());
        return read(
                Transport.join(transport.send("POST", PATH + "?name=" + Rest.part(name) + more, type, body)),
                DataSetInfo.class);
    }

    /** Those that the caller may use, by id. */
    public List<DataSetInfo> list() {
        return read(Transport.join(transport.get(PATH)), DataSetList.class).dataSets();
    }

    /** What one is. */
    public DataSetInfo get(String id) {
        return read(Transport.join(transport.get(one(id))), DataSetInfo.class);
    }

    /** Deletes one that no job waits or runs with. */
    public void delete(String id) {
        DataSetInfo unused = read(
                Transport.join(transport.send("DELETE", one(id), null, BodyPublishers.noBody())), DataSetInfo.class);
    }

    private static String one(String id) {
        return PATH + "/" + Rest.id(id, "data set");
    }

    private <T> T read(HttpResponse<byte[]> answer, Class<T> type) {
        rest.requireOk(answer);
        return transport.read(answer, body -> Documents.read(body, type));
    }
}
