import { Button, Drawer, Tooltip } from "antd";
import { useState } from "react";
import { QueryState, DataTable, EmptyState, Money, Num, Stat, Time, useIsPhone, useLocalized, useT } from "@/ui";
import { contactsWords } from "../words";
import { everyOrder, useOrder, useOrders, useValue } from "./orderData";
import type { Order } from "./orderData";

/** What the member is worth so far: how often, how much, how lately. */
export function ValueStrip({ memberId }: { memberId: number }) {
  const t = useT(contactsWords);
  const localized = useLocalized();
  const worth = useValue(memberId).data;
  if (!worth?.last_order_at) return null;
  return (
    <section className="panel member-strip" aria-label={t("valueHere")}>
      {worth.figures.map((figure) => (
        <Stat
          key={figure.metric}
          label={<Tooltip title={localized(figure.definition)}><span tabIndex={0}>{localized(figure.label)}</span></Tooltip>}
          value={figure.unit === "money" ? <Money fen={figure.value} short /> : <Num value={figure.value} short />}
        />
      ))}
      <Stat label={t("lastOrder")} value={<Time value={worth.last_order_at} relative />} />
    </section>
  );
}

function OrderDrawer({ order, onClose }: { order: Order; onClose: () => void }) {
  const t = useT(contactsWords);
  const phone = useIsPhone();
  const query = useOrder(order.id);
  return (
    <Drawer open title={`${t("order")} ${order.number}`} size={phone ? "100%" : 480} onClose={onClose}>
      <QueryState query={query}>
        {(detail) => (
          <div className="stack">
            <p className="muted"><Time value={detail.paid_at} style="second" zone />{detail.store ? ` · ${detail.store}` : ""}</p>
            <table className="plain-table">
              <thead>
                <tr>
                  <th scope="col">{t("product")}</th>
                  <th scope="col" className="figure">{t("quantity")}</th>
                  <th scope="col" className="figure">{t("amount")}</th>
                </tr>
              </thead>
              <tbody>
                {detail.items.map((line) => (
                  <tr key={line.line}>
                    <td>{line.title ?? line.product}</td>
                    <td className="figure"><Num value={Number(line.quantity)} digits={3} /></td>
                    <td className="figure"><Money fen={line.amount} /></td>
                  </tr>
                ))}
                {(["shipping", "discount", "adjustment"] as const).map((part) =>
                  detail[part] ? (
                    <tr key={part}>
                      <td>{t(part)}</td>
                      <td />
                      <td className="figure"><Money fen={part === "discount" ? -detail[part] : detail[part]} /></td>
                    </tr>
                  ) : null,
                )}
                {detail.refunds.map((refund) => (
                  <tr key={`refund-${String(refund.id)}`}>
                    <td>{t("refund")} {refund.number} · <Time value={refund.refunded_at} style="day" /></td>
                    <td />
                    <td className="figure"><Money fen={-refund.amount} /></td>
                  </tr>
                ))}
                <tr>
                  <th scope="row">{t("sum")}</th>
                  <td />
                  <td className="figure"><strong><Money fen={detail.amount - detail.refunded} /></strong></td>
                </tr>
              </tbody>
            </table>
          </div>
        )}
      </QueryState>
    </Drawer>
  );
}

export function Orders({ memberId }: { memberId: number }) {
  const t = useT(contactsWords);
  const [search, setSearch] = useState("");
  const query = useOrders(memberId, search);
  const [open, setOpen] = useState<Order | null>(null);
  return (
    <>
      <DataTable<Order>
        id="member-orders"
        label={t("orders")}
        rows={query.data?.pages.flatMap((page) => page.items)}
        rowKey={(order) => String(order.id)}
        loading={query.isFetching}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t("neverOrdered")} />}
        total={query.data?.pages[0]?.total ?? 0}
        more={{ has: query.hasNextPage, loading: query.isFetchingNextPage, onMore: () => void query.fetchNextPage(), every: () => everyOrder(memberId, search) }}
        search={{ value: search, onChange: setSearch, placeholder: t("searchOrders") }}
        columns={[
          { key: "number", title: t("order"), render: (order) => <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setOpen(order)}>{order.number}</Button>, text: (order) => order.number },
          { key: "paid", title: t("time"), moment: (order) => order.paid_at },
          { key: "store", title: t("store"), hidden: true, text: (order) => order.store },
          { key: "lines", title: t("lines"), align: "end", text: (order) => order.lines },
          { key: "amount", title: t("amount"), align: "end", fen: (order) => order.amount },
          { key: "refunded", title: t("refund"), align: "end", render: (order) => (order.refunded ? <Money fen={order.refunded} /> : "—"), fen: (order) => order.refunded },
        ]}
      />
      {open ? <OrderDrawer order={open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}
