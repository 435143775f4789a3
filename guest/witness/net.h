/* What the parts of `net` share. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>

struct endpoint {
    struct sockaddr_storage address;
    socklen_t length;
};

struct endpoint endpoint_of(const char *address, int port);
int connected(const char *address, int port, int ms);
int ready(int fd, short events, int ms);
long long now_ms(void);

int resolve(int count, char **words);
int dhcp6(int count, char **words);
