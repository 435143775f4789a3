package dev.yado.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.autoconfigure.WebMvcRegistrations;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.mvc.condition.RequestCondition;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Rules for every REST call of the public API. */
@Component
class WebRules implements WebMvcConfigurer, WebMvcRegistrations {

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new KnownParameters()).addPathPatterns("/v1/**");
    }

    /**
     * The generated interfaces say of each call that it may answer with a problem; Spring takes that for a condition on the Accept
     * header and refuses a DELETE that accepts application/json. What a call answers with is not a condition.
     */
    @Override
    public RequestMappingHandlerMapping getRequestMappingHandlerMapping() {
        return new RequestMappingHandlerMapping() {
            @Override
            protected RequestMappingInfo createRequestMappingInfo(
                    RequestMapping mapping, @Nullable RequestCondition<?> custom) {
                return super.createRequestMappingInfo(mapping, custom)
                        .mutate()
                        .produces()
                        .options(getBuilderConfiguration())
                        .build();
            }
        };
    }

    /** A misspelt parameter would silently change what a call means. */
    private static final class KnownParameters implements HandlerInterceptor {
        private final ConcurrentMap<HandlerMethod, Set<String>> known = new ConcurrentHashMap<>();

        @Override
        public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
            if (handler instanceof HandlerMethod method && request.getQueryString() != null) {
                Set<String> names = known.computeIfAbsent(method, KnownParameters::namesOf);
                request.getParameterMap().forEach((sent, values) -> check(sent, values, names));
            }
            return true;
        }

        private static void check(String sent, String[] values, Set<String> known) {
            if (!known.contains(sent)) {
                throw new YadoException(
                        ErrorCode.UNKNOWN_FIELD,
                        "the parameter " + Quoted.name(sent) + " is unknown; "
                                + (known.isEmpty() ? "this call takes none" : "known are " + String.join(", ", known)));
            }
            if (values.length > 1) {
                throw new YadoException(
                        ErrorCode.INVALID_REQUEST, "the parameter " + sent + " is given more than once");
            }
        }

        private static Set<String> namesOf(HandlerMethod method) {
            Set<String> names = new TreeSet<>();
            Arrays.stream(method.getMethodParameters())
                    .map(parameter -> nameOf(parameter))
                    .filter(name -> !name.isEmpty())
                    .forEach(names::add);
            return names;
        }

        private static String nameOf(MethodParameter parameter) {
            RequestParam annotation = parameter.getParameterAnnotation(RequestParam.class);
            return annotation == null ? "" : annotation.value();
        }
    }
}
