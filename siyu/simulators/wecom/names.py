"""Simulated Chinese names, the same for the same seed and number."""

import random

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华文辉建国志玉婷雪梅浩宇轩子涵欣怡梓萱思雨佳琪晨曦嘉俊博瑞泽可心若彤梦瑶"


def name(seed: int, number: int) -> str:
    """A surname and one or two given characters."""
    dice = random.Random(f"{seed}:{number}")
    given = "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2))))
    return dice.choice(SURNAMES) + given
