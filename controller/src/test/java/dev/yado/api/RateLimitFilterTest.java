package dev.yado.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.TenantId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockFilterChain;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.security.core.context.SecurityContextHolder;

class RateLimitFilterTest {
    private final RateLimitFilter filter = new RateLimitFilter(new ApiSettings(1, 3));

    @AfterEach
    void nobody() {
        SecurityContextHolder.clearContext();
    }

    private MockHttpServletResponse call(RateLimitFilter filter, Caller caller, String token) throws Exception {
        SecurityContextHolder.getContext().setAuthentication(new CallerAuthentication(caller));
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/v1/vms");
        request.addHeader("Authorization", "Bearer " + token);
        MockHttpServletResponse response = new MockHttpServletResponse();
        filter.doFilter(request, response, new MockFilterChain());
        return response;
    }

    @Test
    void refusesWhoAsksFasterThanAllowedAndSaysWhenToComeAgain() throws Exception {
        Caller tenant = new Caller.Tenant(TenantId.random());
        for (int i = 0; i < 3; i++) {
            assertThat(call(filter, tenant, "one").getStatus()).isEqualTo(200);
        }

        MockHttpServletResponse refused = call(filter, tenant, "one");

        assertThat(refused.getStatus()).isEqualTo(429);
        assertThat(refused.getHeader("Retry-After")).isEqualTo("1");
        assertThat(refused.getContentAsString()).contains("TOO_MANY_REQUESTS");
        assertThat(call(filter, tenant, "another").getStatus()).isEqualTo(200);
    }

    @Test
    void countsNeitherTheAdministratorNorAnybodyWhenItIsOff() throws Exception {
        RateLimitFilter off = new RateLimitFilter(new ApiSettings(0, 3));
        for (int i = 0; i < 10; i++) {
            assertThat(call(filter, new Caller.Administrator(null), "admin").getStatus())
                    .isEqualTo(200);
            assertThat(call(off, new Caller.Tenant(TenantId.random()), "one").getStatus())
                    .isEqualTo(200);
        }
    }
}
