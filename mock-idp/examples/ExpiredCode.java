// With Java: a code that is redeemed after 61 seconds is refused, and nobody has waited.
//
//   java ExpiredCode.java       MOCK_IDP names the binary, if it is not on PATH
//
// Java 17 or later, and nothing else: the HTTP client is the JDK's own. In JUnit, `start` is a @BeforeAll.

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

final class ExpiredCode {
    static final String API_KEY = "TutorialAppKey000000000000000001";
    static final String API_SECRET = "tutorialSecret01";
    static final String CALLBACK = "http://localhost:8080/";

    private final HttpClient http = HttpClient.newHttpClient(); // follows no redirect
    private final String issuer;

    /** An issuer of the test's own: no other test sees its clock, users or journal. */
    ExpiredCode(String url) {
        issuer = url + "/oauth2/expired-code-java";
    }

    public static void main(String[] args) throws Exception {
        var mock = start();
        try (var lines = mock.inputReader()) {
            new ExpiredCode(find("\"url\":\"([^\"]+)\"", lines.readLine())).anExpiredCodeIsRefused();
        } finally {
            mock.destroy();
        }
        System.out.println("ExpiredCode.java: the code had expired, as it should");
    }

    /** Port 0 is any free port; the first line on stdout says which, once the mock answers. */
    static Process start() throws IOException {
        var binary = System.getenv().getOrDefault("MOCK_IDP", "mock-idp");
        return new ProcessBuilder(binary, "--addr", "127.0.0.1:0", "--announce", "json")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    void anExpiredCodeIsRefused() throws Exception {
        control("PUT", "/sign-in", "{\"mode\":\"automatic\",\"username\":\"subscriber@example.com\"}");
        var code = signIn();
        control("POST", "/clock/advance", "{\"seconds\":61}");

        var answer = redeem(code);

        expect(answer.statusCode() == 400, "status 400, got " + answer.statusCode());
        expect(answer.body().contains("\"error\":\"invalid_grant\""), "invalid_grant, got " + answer.body());
        var journal = send(at("/_mock/journal?endpoint=token").GET());
        expect(journal.body().contains("\"rule\":\"code_expired\""), "code_expired, got " + journal.body());
    }

    /** What the callback gets when the user signs in. */
    String signIn() throws Exception {
        var query = form(Map.of(
                "client_id", API_KEY,
                "redirect_uri", CALLBACK,
                "response_type", "code",
                "scope", "openid",
                "state", "a-state"));
        var location = send(at("/v1/authorize?" + query).GET()).headers().firstValue("Location").orElseThrow();
        return find("[?&]code=([^&]+)", location);
    }

    /** What the token endpoint answers to a code. */
    HttpResponse<String> redeem(String code) throws Exception {
        var basic = Base64.getEncoder().encodeToString((API_KEY + ":" + API_SECRET).getBytes(StandardCharsets.UTF_8));
        var body = form(Map.of("grant_type", "authorization_code", "code", code, "redirect_uri", CALLBACK));
        return send(at("/v1/token")
                .header("Authorization", "Basic " + basic)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body)));
    }

    /** One call of the control API. */
    void control(String method, String path, String json) throws Exception {
        var answer = send(at("/_mock" + path)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(json)));
        expect(answer.statusCode() < 300, path + " to work, got " + answer.body());
    }

    HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create(issuer + path));
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(one -> one.getKey() + "=" + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    static String find(String pattern, String text) {
        var matcher = Pattern.compile(pattern).matcher(text);
        expect(matcher.find(), pattern + " in " + text);
        return matcher.group(1);
    }

    static void expect(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected " + what);
        }
    }
}
