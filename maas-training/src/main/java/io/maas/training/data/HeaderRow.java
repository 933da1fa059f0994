package io.maas.training.data;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What may stand in a line of names. */
final class HeaderRow {
    private HeaderRow() {}

    /** @throws InvalidInputException if names are double, fewer or more than were given, or all of them numbers */
    static void check(String source, long line, List<String> names, CsvOptions options) {
        String where = source + ", line " + line;
        List<String> given = options.names();
        if (!given.isEmpty()) {
            if (given.size() != names.size()) {
                throw new InvalidInputException(where + ": " + names.size() + " columns (expected: " + given.size()
                        + ", as names are given); give one name for each column");
            }
            return;
        }
        NumberParser numbers = new NumberParser(options.decimal());
        if (names.stream().allMatch(name -> isNumber(numbers, name))) {
            throw new InvalidInputException(where + ": " + Require.quote(names.get(0))
                    + ", numbers alone (expected: the names of the columns); read a file without names with"
                    + " CsvOptions.withoutHeader()");
        }
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            Integer before = seen.putIfAbsent(names.get(i), i);
            if (before != null) {
                throw new InvalidInputException(where + ": column name " + Require.quote(names.get(i)) + " in columns "
                        + (before + 1) + " and " + (i + 1)
                        + " (expected: each name once); give names with CsvOptions.withNames(…)");
            }
        }
    }

    private static boolean isNumber(NumberParser numbers, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return numbers.parse(bytes, 0, bytes.length) != NumberParser.Kind.TEXT;
    }
}
