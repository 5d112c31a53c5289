/* What is received and sent, with which limits, and into which memory. */
#include "probe/address.h"
#include "probe/memory.h"
#include "probe/room.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* The bytes in a list of buffers. */
static size_t length_of(const struct iovec *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += parts[i].iov_len;
    return length;
}

/* A message whose buffers hold LIMIT bytes at most; the parts that stay are copied to PARTS. */
enum { MOST_PARTS = 16 };
static struct msghdr cut_message(const struct msghdr *message, struct iovec *parts, size_t limit)
{
    struct msghdr cut = *message;
    if (limit >= length_of(message->msg_iov, message->msg_iovlen) ||
        message->msg_iovlen > MOST_PARTS)
        return cut;
    cut.msg_iov = parts;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        parts[i] = message->msg_iov[i];
        if (parts[i].iov_len > limit)
            parts[i].iov_len = limit;
        limit -= parts[i].iov_len;
    }
    return cut;
}

/* MSG_WAITALL asks for all: only a signal, an error or the end may cut it short. */
static size_t receive_limit(struct probe_event *event, size_t length, int flags)
{
    return (flags & MSG_WAITALL) != 0 ? length : event_limit(event, length);
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    REAL(recv);
    room_must_be_there(buffer, length);
    struct probe_event *event = event_begin(CALL_RECV, fd, (int64_t)length, CALLER);
    if (event != NULL)
        event->flags = flags;
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, receive_limit(event, length, flags), flags));
}

ssize_t recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address,
                 socklen_t *size)
{
    REAL(recvfrom);
    room_must_be_there(buffer, length);
    struct probe_event *event = event_begin(CALL_RECVFROM, fd, (int64_t)length, CALLER);
    if (event != NULL)
        event->flags = flags;
    if (event_fails(event))
        return event_end(event, -1);
    socklen_t room = address != NULL && size != NULL ? *size : 0;
    ssize_t result = real(fd, buffer, receive_limit(event, length, flags), flags, address, size);
    /* What did not fit into the room was not written. */
    if (result >= 0 && room > 0)
        note_address(event, address, *size < room ? *size : room);
    return event_end(event, result);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg);
    size_t length = length_of(message->msg_iov, message->msg_iovlen);
    struct probe_event *event = event_begin(CALL_RECVMSG, fd, (int64_t)length, CALLER);
    if (event != NULL)
        event->flags = flags;
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec parts[MOST_PARTS];
    struct iovec *original = message->msg_iov;
    struct msghdr cut = cut_message(message, parts, receive_limit(event, length, flags));
    socklen_t room = message->msg_name != NULL ? message->msg_namelen : 0;
    ssize_t result = real(fd, &cut, flags);
    if (result >= 0)
        note_address(event, cut.msg_name, cut.msg_namelen < room ? cut.msg_namelen : room);
    cut.msg_iov = original;
    *message = cut;
    return event_end(event, result);
}

/* Ends the EVENT of a call that has moved COUNT messages with the bytes that these are. */
static int end_of_many(struct probe_event *event, const struct mmsghdr *messages, int count)
{
    int64_t bytes = count == -1 ? -1 : 0;
    for (int i = 0; i < count; i++)
        bytes += messages[i].msg_len;
    event_end(event, bytes);
    return count;
}

static size_t length_of_all(const struct mmsghdr *messages, unsigned count)
{
    size_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += length_of(messages[i].msg_hdr.msg_iov, messages[i].msg_hdr.msg_iovlen);
    return length;
}

/* Only a list of one message can be cut short: it is the one that stays of a longer list. */
int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    REAL(recvmmsg);
    size_t length = length_of_all(messages, count);
    struct probe_event *event = event_begin(CALL_RECVMMSG, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    size_t limit = receive_limit(event, length, flags);
    if (limit == length)
        return end_of_many(event, messages, real(fd, messages, count, flags, timeout));
    struct iovec parts[MOST_PARTS];
    struct iovec *original = messages->msg_hdr.msg_iov;
    messages->msg_hdr = cut_message(&messages->msg_hdr, parts, limit);
    int result = real(fd, messages, 1, flags, timeout);
    messages->msg_hdr.msg_iov = original;
    return end_of_many(event, messages, result);
}

ssize_t read(int fd, void *buffer, size_t length)
{
    REAL(read);
    room_must_be_there(buffer, length);
    struct probe_event *event = event_begin(CALL_READ, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, event_limit(event, length)));
}

/* Carries out EVENT, a readv(2) or writev(2) of LENGTH bytes, with REAL. */
static ssize_t transfer_parts(struct probe_event *event,
                              ssize_t (*real)(int fd, const struct iovec *parts, int count), int fd,
                              const struct iovec *parts, int count, size_t length)
{
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec cut_parts[MOST_PARTS];
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    struct msghdr cut = cut_message(&message, cut_parts, event_limit(event, length));
    return event_end(event, real(fd, cut.msg_iov, count));
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
    REAL(readv);
    size_t length = length_of(parts, (size_t)count);
    struct probe_event *event = event_begin(CALL_READV, fd, (int64_t)length, CALLER);
    return transfer_parts(event, real, fd, parts, count, length);
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
    REAL(send);
    struct probe_event *event = event_begin(CALL_SEND, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, event_limit(event, length), flags));
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *address,
               socklen_t size)
{
    REAL(sendto);
    struct probe_event *event = event_begin(CALL_SENDTO, fd, (int64_t)length, CALLER);
    if (event != NULL && address != NULL)
        event->to_length = (int32_t)size;
    note_address(event, address, size);
    if (event_fails(event))
        return event_end(event, -1);
    /* A datagram goes whole or not at all. */
    size_t limit = address == NULL ? event_limit(event, length) : length;
    return event_end(event, real(fd, buffer, limit, flags, address, size));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg);
    size_t length = length_of(message->msg_iov, message->msg_iovlen);
    struct probe_event *event = event_begin(CALL_SENDMSG, fd, (int64_t)length, CALLER);
    note_address(event, message->msg_name, message->msg_namelen);
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec parts[MOST_PARTS];
    size_t limit = message->msg_name == NULL ? event_limit(event, length) : length;
    struct msghdr cut = cut_message(message, parts, limit);
    return event_end(event, real(fd, &cut, flags));
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    REAL(sendmmsg);
    size_t length = length_of_all(messages, count);
    struct probe_event *event = event_begin(CALL_SENDMMSG, fd, (int64_t)length, CALLER);
    if (count > 0)
        note_address(event, messages->msg_hdr.msg_name, messages->msg_hdr.msg_namelen);
    if (event_fails(event))
        return (int)event_end(event, -1);
    bool datagrams = count > 0 && messages->msg_hdr.msg_name != NULL;
    size_t limit = datagrams ? length : event_limit(event, length);
    if (limit == length)
        return end_of_many(event, messages, real(fd, messages, count, flags));
    struct iovec parts[MOST_PARTS];
    struct iovec *original = messages->msg_hdr.msg_iov;
    messages->msg_hdr = cut_message(&messages->msg_hdr, parts, limit);
    int result = real(fd, messages, 1, flags);
    messages->msg_hdr.msg_iov = original;
    return end_of_many(event, messages, result);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
    REAL(write);
    struct probe_event *event = event_begin(CALL_WRITE, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, event_limit(event, length)));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    size_t length = length_of(parts, (size_t)count);
    struct probe_event *event = event_begin(CALL_WRITEV, fd, (int64_t)length, CALLER);
    return transfer_parts(event, real, fd, parts, count, length);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
    REAL(sendfile);
    struct probe_event *event = event_begin(CALL_SENDFILE, out, (int64_t)count, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(out, in, offset, event_limit(event, count)));
}

ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
               unsigned flags)
{
    REAL(splice);
    bool sends = is_socket(out);
    struct probe_event *event = event_begin(sends ? CALL_SPLICE_OUT : CALL_SPLICE_IN,
                                            sends ? out : in, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    length = event_limit(event, length);
    return event_end(event, real(in, in_offset, out, out_offset, length, flags));
}
