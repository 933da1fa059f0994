package io.maas.registry;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which versions a journal says that requests come to. */
final class InService {
    /** Where entries that have no {@link Journal#IN_SERVICE} say it, which were written before there was one. */
    private static final List<String> EARLIER = List.of("state.current.version", "state.rollout.version");

    private InService() {}

    static Set<Integer> numbers(Journal journal, String model) {
        List<Journal.Entry> entries = journal.entries(model);
        Set<Integer> numbers = new TreeSet<>();
        if (!entries.isEmpty()) {
            Map<String, String> fields = entries.get(entries.size() - 1).fields();
            String said = fields.get(Journal.IN_SERVICE);
            Iterable<String> texts = said == null
                    ? EARLIER.stream()
                            .map(name -> fields.getOrDefault(name, ""))
                            .toList()
                    : Splitter.on(',').split(said);
            for (String text : texts) {
                if (text.matches("[1-9][0-9]{0,8}")) {
                    numbers.add(Integer.valueOf(text));
                }
            }
        }
        return numbers;
    }
}
